// Walks the syntax tree of one render: statements in renderer.cpp, expressions in evaluator.cpp.
//
// Used once. Every way in which a template can grow without end is counted here against Limits: output,
// loops, nesting, and the bytes of values made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/engines/tera/ast.h"
#include "actors/engines/tera/catalogue.h"
#include "actors/engines/tera/library.h"
#include "actors/engines/tera/scopes.h"

namespace tcps::tera {

class Renderer {
 public:
  Renderer(Library& library, const nlohmann::json& context, const Limits& limits)
      : library_(library), context_(context), limits_(limits), scopes_(context) {}

  // Throws Failure.
  std::string render(const Template& leaf);

 private:
  enum class Flow : uint8_t { on, next_iteration, end_of_loop };
  class Level;  // one nested statement, expression, macro, include or block, while it lasts

  // Statements.
  Flow render_body(const Body& body);
  Flow render_node(const Node& node);
  Flow render_if(const If& statement);
  Flow render_for(const For& loop, Place place);
  Flow render_iterations(const For& loop, const Shared& container, Place place);
  void render_block(const std::string& name, size_t level, Place place);
  std::string render_super(Place place);  // what the block above writes
  void render_include(const Include& include, Place place);
  void render_filter_section(const FilterSection& section, Place place);
  void render_template(const Template& leaf);
  void write(std::string_view text, Place place);
  // What `body` writes, kept apart.
  template <class Write>
  std::string captured(Write&& body);

  // Expressions.
  Shared evaluate(const Expression& expression);
  Shared evaluate_path(const Path& path, Place place);  // throws missing_variable
  Shared find_path(const Path& path, Place place);      // null: undefined
  std::string index_text(const Expression& index);
  bool truth(const Expression& expression);
  Shared evaluate_binary(const Binary& binary, Place place);
  bool is_in(const nlohmann::json& item, const nlohmann::json& container, Place place) const;
  Shared evaluate_filter(const Filtered& filtered, Place place);
  Shared apply_filter(const std::string& name, const nlohmann::json& value, const NamedExpressions& given,
                      Place place);
  bool evaluate_test(const Test& test, Place place);
  Shared call(const Call& call, Place place);
  Shared range(const Arguments& given);
  Shared from_context(const std::string& function, const Arguments& given);
  std::string call_macro(const MacroCall& call, Place place);
  const Macro& find_macro(const MacroCall& call, Place place, const Template*& owner);
  Arguments evaluate_arguments(const NamedExpressions& given);

  // Counts `bytes` of work. Throws at the end of Limits::work.
  void charge(size_t bytes, Place place);
  // A value made by the template: counted, and refused when it is too large or too deep.
  Shared made(nlohmann::json value, Place place);
  // Misuse becomes a placed Failure
  template <class Action>
  auto guarded(std::string_view what, Place place, Action&& action);
  [[noreturn]] void error(ErrorKind kind, Place place, std::string name, std::string message) const;

  Library& library_;
  const nlohmann::json& context_;
  const Limits& limits_;
  Scopes scopes_;
  std::string out_;
  bool escapes_ = false;
  const Template* current_ = nullptr;  // whose text is being rendered: for imports, `self` and places
  const Lineage* lineage_ = nullptr;   // whose blocks count
  std::vector<std::pair<std::string, size_t>> blocks_;  // name and level in the lineage, innermost last
  size_t nesting_ = 0, depth_ = 0, iterations_ = 0, work_ = 0, written_ = 0;
};

// Guards one level of nesting. `is_deep` marks those that Limits::depth counts.
class Renderer::Level {
 public:
  Level(Renderer& renderer, Place place, bool is_deep = false);
  ~Level();
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  Renderer& renderer_;
  bool is_deep_;
};

template <class Action>
auto Renderer::guarded(std::string_view what, Place place, Action&& action) {
  try {
    return action();
  } catch (const Misuse& misuse) {
    error(misuse.kind, place, std::string(what), std::string(what) + ": " + misuse.message);
  }
}

}  // namespace tcps::tera
