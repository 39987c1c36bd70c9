// The filters, tests and functions that every template has: names, argument names and code.
//
// A filter is a pure function of its value and named arguments. It throws Misuse when one of them is of the
// wrong kind; the renderer adds the place.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/engines/tera/ast.h"

namespace tcps::tera {

// What is wrong with a value or an argument. Internal, like Failure.
struct Misuse {
  std::string message;
  ErrorKind kind = ErrorKind::evaluation;
};

// The named arguments of one call, with the bound on what may be made of them.
class Arguments {
 public:
  Arguments(std::map<std::string, nlohmann::json, std::less<>> values, size_t bytes_max)
      : values_(std::move(values)), bytes_max_(bytes_max) {}

  const nlohmann::json* find(std::string_view name) const;
  const nlohmann::json& need(std::string_view name) const;  // throws Misuse when absent
  const std::string& text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  int64_t integer_or(std::string_view name, int64_t otherwise) const;
  bool boolean_or(std::string_view name, bool otherwise) const;

  // Throws Misuse of kind limit when a result of that size may not be made.
  void check_size(size_t bytes) const;

 private:
  std::map<std::string, nlohmann::json, std::less<>> values_;
  size_t bytes_max_;
};

struct Filter {
  std::string_view name;
  std::string_view arguments;  // names, separated by spaces
  nlohmann::json (*apply)(const nlohmann::json& value, const Arguments& arguments);
};

// `value` is null when the variable is undefined.
struct TestRule {
  std::string_view name;
  size_t arguments;
  bool (*holds)(const nlohmann::json* value, const std::vector<nlohmann::json>& arguments);
};

// Functions are few and need the context: the renderer calls them by name.
struct FunctionRule {
  std::string_view name;
  std::string_view arguments;
};

// The text of a value. Throws Misuse when it is none.
const std::string& text_of(const nlohmann::json& value);

std::span<const Filter> text_filters();
std::span<const Filter> array_filters();
std::span<const Filter> value_filters();

const Filter* find_filter(
    std::string_view name);  // `safe` and `default` are among them: the renderer knows them
const TestRule* find_test(std::string_view name);
const FunctionRule* find_function(std::string_view name);

}  // namespace tcps::tera
