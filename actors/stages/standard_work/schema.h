// Every key that line.toml may hold: the one table behind the parser, its defaults and
// docs/formats/line-toml.md.
//
// A path is written with dots; `<stage>` stands for a stage's name, `<source>` for a demand source, and `[]`
// marks an array of tables. Adding a key means adding a row here, a row in the document (a test prints it)
// and a line in standard_work.cpp that reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tcps::line_toml {

enum class Kind : uint8_t {
  text,    // 1-4096 printable characters of UTF-8
  token,   // 1-64 characters of a-z, 0-9 and '-'
  path,    // relative to the repository, staying inside it, not ending in '/'
  glob,    // a path whose segments may hold * ? [..], and ** for any folders
  target,  // a path, or a folder ending in '/'
  absolute_path,
  place,     // "embedded" or an absolute path
  registry,  // "embedded" or host:port
  boolean,
  integer,
  number,
  duration,  // "90s", "10m"; ms, s, m and h; the range is in milliseconds
  version,   // as parse_assignable_version()
  choice,
};

// How many values of its kind a key holds.
enum class Form : uint8_t {
  one,
  list,      // 0-256 of them
  argv,      // a command: non-empty list of strings
  commands,  // list of commands
  table,     // names to strings
};

struct Key {
  std::string_view path;
  Kind kind = Kind::text;
  Form form = Form::one;
  double minimum = 0, maximum = 0;  // of integer, number and duration
  std::string_view choices;         // of choice, separated by '|'
  bool required = false;            // where its table is present
  std::string_view default_value;   // a TOML value; or prose in parentheses when a rule sets it
  std::string_view meaning;
};

std::span<const Key> keys();

// Tables that mean "does not apply" when absent; every other singleton table is completed by its defaults.
bool is_optional_table(std::string_view path);

std::string type_text(const Key& key);   // "list of glob"
std::string range_text(const Key& key);  // "1..10000", "`real`, `null`", ""
// The key's row in docs/formats/line-toml.md: | `path` | type | range | default | meaning |
std::string markdown_row(const Key& key);

}  // namespace tcps::line_toml
