// A TOML file that people write: its text, and the problems that reading it finds.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "messages/result.h"

namespace tcps::toml_keys {

// The table that `text` holds. Errors: invalid, naming file and line.
Result<toml::table> parse_toml(std::string_view text, const std::string& file);

std::string toml_text(std::string_view text);                  // as a basic string of TOML
std::string toml_list(const std::vector<std::string>& texts);  // ["a", "b"]

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void add(const toml::node& where, std::string_view key, std::string_view what);
  // Errors: invalid, every problem on a line of its own: "<file>:<line>: <key>: <what>".
  Status status() const;

 private:
  std::string file_;
  std::string lines_;
};

}  // namespace tcps::toml_keys
