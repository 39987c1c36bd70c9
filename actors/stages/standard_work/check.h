// Checks parsed TOML against the table of schema.h: unknown and missing keys, types, ranges, notations.
// Also fills in the defaults, so that the reader finds every key of a present table.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcps::line_toml {

struct Problem {
  toml::source_position position;
  std::string key;   // as written in the file: "query[2].timeout"
  std::string text;  // what is wrong; what to do
};

// The problems of one file, in any order; message() sorts them by position.
class Problems {
 public:
  static constexpr size_t count_max = 200;

  void add(toml::source_position position, std::string key, std::string text);
  bool empty() const { return problems_.empty(); }
  std::string message(std::string_view file_name) const;  // one line for each, at most count_max of them

 private:
  std::vector<Problem> problems_;
};

// The table that `text` holds, or nothing after having said where its syntax is wrong.
std::optional<toml::table> parse_toml(std::string_view text, Problems& problems);

void check_and_complete(toml::table& root, Problems& problems);

// Where `path` ("query[2].file", counted from 1) or the nearest of its parents stands.
toml::source_position position_of(const toml::table& root, std::string_view path);

}  // namespace tcps::line_toml
