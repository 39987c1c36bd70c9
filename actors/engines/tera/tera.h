// Renders Tera templates (https://keats.github.io/tera/docs): the language with which stage 5, Render, writes
// files.
//
// A template is looked up by name through the loader that the caller injects, so the engine touches no disk;
// it reads no clock, no environment and no random source either, so the same templates and context give the
// same bytes everywhere. The functions now(), get_env() and get_random() therefore answer only from the
// context: a variable `now`, an object `get_env`, a number `get_random`.
//
// Beyond Tera 1: wherever Tera wants one kind of expression any expression is accepted; unknown filters,
// tests, functions and argument names are syntax errors. Below it: `date` knows the time zone UTC and the
// text's own offset only; letters are folded in Latin, Greek and Cyrillic.
//
// Every render is bounded by Limits. An Engine is immutable and may be used from several threads if its
// loader may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tcps::tera {

enum class ErrorKind : uint8_t {
  syntax,            // the template is malformed: failure mode F5.1
  missing_variable,  // the context lacks what the template names: failure mode F5.2
  missing_template,  // the loader knows no such name
  evaluation,        // a value is of the wrong kind, throw() was called, ...: correct template or data
  limit,             // a bound of Limits was reached
};

std::string_view to_string(ErrorKind kind);

struct TemplateError {
  ErrorKind kind;
  std::string template_name;
  uint32_t line = 0, column = 0;  // from 1, in bytes; zero when the error has no place
  std::string name;               // the variable, template, filter, ... that the error is about, or empty
  std::string message;            // one sentence: what is wrong and what to do

  std::string text() const;  // "<template>:<line>:<column>: <message>"
};

template <class T>
using Rendered = tl::expected<T, TemplateError>;

// The text of the template of that name, or nothing when there is none.
using Loader = std::function<std::optional<std::string>(std::string_view name)>;

struct Limits {
  size_t template_bytes = 1 << 20;     // of one template
  size_t templates = 256;              // loaded for one render
  size_t output_bytes = 16 << 20;      // of the result, and of any value made on the way
  size_t loop_iterations = 1'000'000;  // in total; also the length of a range()
  size_t work = size_t{1} << 30;       // bytes of values made, in total
  size_t depth = 64;                   // nested includes, macro calls, blocks and super() together
};

class Engine {
 public:
  explicit Engine(Loader loader, Limits limits = {});

  // Renders the named template over a JSON object. HTML is escaped when the name ends in .html, .htm or .xml.
  // Errors: every ErrorKind; nothing is rendered in part.
  Rendered<std::string> render(std::string_view name, const nlohmann::json& context) const;

  // render() of a text that has no name of its own, such as an output path; `name` stands in its errors.
  Rendered<std::string> render_text(std::string_view text, const nlohmann::json& context,
                                    std::string_view name = "text") const;

  // Parses the named template and all that it extends, imports or must include. Errors: syntax,
  // missing_template, limit.
  Rendered<void> check(std::string_view name) const;

 private:
  Loader loader_;
  Limits limits_;
};

}  // namespace tcps::tera
