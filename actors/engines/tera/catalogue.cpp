#include "actors/engines/tera/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "actors/engines/tera/regex.h"
#include "actors/engines/tera/text.h"

namespace tcps::tera {

using nlohmann::json;

const std::string& text_of(const json& value) {
  if (!value.is_string()) throw Misuse{fmt::format("takes a text, not {}", value.type_name())};
  return value.get_ref<const std::string&>();
}

namespace {

using Values = std::vector<json>;

int64_t whole(const json& value) {
  if (!value.is_number_integer())
    throw Misuse{fmt::format("takes a whole number, not {}", value.type_name())};
  return value.get<int64_t>();
}

bool is_defined(const json* value, const Values&) { return value != nullptr; }
bool is_undefined(const json* value, const Values&) { return value == nullptr; }
bool is_odd(const json* value, const Values&) { return whole(*value) % 2 != 0; }
bool is_even(const json* value, const Values&) { return whole(*value) % 2 == 0; }
bool is_string(const json* value, const Values&) { return value->is_string(); }
bool is_number(const json* value, const Values&) { return value->is_number(); }
bool is_iterable(const json* value, const Values&) { return value->is_structured(); }
bool is_object(const json* value, const Values&) { return value->is_object(); }

bool is_divisible_by(const json* value, const Values& arguments) {
  int64_t divisor = whole(arguments[0]), number = whole(*value);
  return divisor != 0 && (divisor == -1 || number % divisor == 0);
}

bool starts_with(const json* value, const Values& arguments) {
  return text_of(*value).starts_with(text_of(arguments[0]));
}
bool ends_with(const json* value, const Values& arguments) {
  return text_of(*value).ends_with(text_of(arguments[0]));
}

bool contains(const json* value, const Values& arguments) {
  if (value->is_string()) return text_of(*value).find(text_of(arguments[0])) != std::string::npos;
  if (value->is_object()) return value->contains(text_of(arguments[0]));
  if (!value->is_array())
    throw Misuse{fmt::format("takes a text, an array or an object, not {}", value->type_name())};
  return std::find(value->begin(), value->end(), arguments[0]) != value->end();
}

bool matches(const json* value, const Values& arguments) {
  return regex_occurs(text_of(arguments[0]), text_of(*value));
}

constexpr TestRule tests[] = {{"defined", 0, is_defined},
                              {"undefined", 0, is_undefined},
                              {"odd", 0, is_odd},
                              {"even", 0, is_even},
                              {"string", 0, is_string},
                              {"number", 0, is_number},
                              {"divisibleby", 1, is_divisible_by},
                              {"iterable", 0, is_iterable},
                              {"object", 0, is_object},
                              {"starting_with", 1, starts_with},
                              {"ending_with", 1, ends_with},
                              {"containing", 1, contains},
                              {"matching", 1, matches}};

constexpr FunctionRule functions[] = {{"range", "start end step_by"},
                                      {"throw", "message"},
                                      {"now", "timestamp utc"},
                                      {"get_env", "name default"},
                                      {"get_random", "start end"}};

template <class Rules>
auto find_named(const Rules& rules, std::string_view name) -> decltype(&*std::begin(rules)) {
  auto at =
      std::find_if(std::begin(rules), std::end(rules), [&](const auto& rule) { return rule.name == name; });
  return at == std::end(rules) ? nullptr : &*at;
}

}  // namespace

const json* Arguments::find(std::string_view name) const {
  auto at = values_.find(name);
  return at == values_.end() ? nullptr : &at->second;
}

const json& Arguments::need(std::string_view name) const {
  const json* value = find(name);
  if (!value) throw Misuse{fmt::format("needs the argument '{}'", name)};
  return *value;
}

const std::string& Arguments::text(std::string_view name) const {
  const json& value = need(name);
  if (!value.is_string())
    throw Misuse{fmt::format("the argument '{}' must be a text, not {}", name, value.type_name())};
  return value.get_ref<const std::string&>();
}

std::string Arguments::text_or(std::string_view name, std::string_view otherwise) const {
  return find(name) ? text(name) : std::string(otherwise);
}

int64_t Arguments::integer_or(std::string_view name, int64_t otherwise) const {
  const json* value = find(name);
  if (!value) return otherwise;
  bool fits =
      value->is_number_integer() && !(value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX);
  if (!fits)
    throw Misuse{fmt::format("the argument '{}' must be a whole number, not {}", name, value->type_name())};
  return value->get<int64_t>();
}

bool Arguments::boolean_or(std::string_view name, bool otherwise) const {
  const json* value = find(name);
  if (!value) return otherwise;
  if (value->is_string() && (*value == "true" || *value == "false")) return *value == "true";
  if (!value->is_boolean())
    throw Misuse{fmt::format("the argument '{}' must be true or false, not {}", name, value->type_name())};
  return value->get<bool>();
}

void Arguments::check_size(size_t bytes) const {
  if (bytes > bytes_max_)
    throw Misuse{fmt::format("its result is larger than {} bytes", bytes_max_), ErrorKind::limit};
}

const Filter* find_filter(std::string_view name) {
  for (auto filters : {text_filters(), array_filters(), value_filters()}) {
    if (const Filter* found = find_named(filters, name)) return found;
  }
  return nullptr;
}

const TestRule* find_test(std::string_view name) { return find_named(tests, name); }
const FunctionRule* find_function(std::string_view name) { return find_named(functions, name); }

}  // namespace tcps::tera
