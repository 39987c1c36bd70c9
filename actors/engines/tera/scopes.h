// The variables that a template sees, innermost first: loops, includes, macros, the template, the context.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tcps::tera {

// A value, or a part of one, that lives as long as somebody holds it. Never copied, never changed.
using Shared = std::shared_ptr<const nlohmann::json>;

enum class ScopeKind : uint8_t { root, loop, include, macro };

class Scopes {
 public:
  // `context` outlives this object.
  explicit Scopes(const nlohmann::json& context) : context_(context) { push(ScopeKind::root); }

  void push(ScopeKind kind) { scopes_.push_back({kind, {}, 0, 0}); }
  void pop() { scopes_.pop_back(); }

  // Begins iteration `index` of `length` in the loop on top: what the last one set is gone.
  void iterate(size_t index, size_t length);
  void set(const std::string& name, Shared value) { scopes_.back().variables[name] = std::move(value); }
  // Sets beyond the loops around: where the macro, the include or the template keeps its variables.
  void set_global(const std::string& name, Shared value);

  Shared find(std::string_view name) const;  // null: undefined
  nlohmann::json visible() const;            // all of them, for __tera_context

 private:
  struct Scope {
    ScopeKind kind;
    std::map<std::string, Shared, std::less<>> variables;
    size_t index, length;
  };

  static Shared loop_value(const Scope& scope);

  const nlohmann::json& context_;
  std::vector<Scope> scopes_;
};

}  // namespace tcps::tera
