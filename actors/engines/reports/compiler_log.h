// What a compiler said, counted: gcc, clang, linkers and erlc all write "<place>: warning: <text>" or
// "<place>: error: <text>".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcps::reports {

inline constexpr size_t kept_messages_max = 20;

// A line counts when it starts with a place (no blank in front) followed by ": warning: ", ": error: " or ":
// fatal error: " in any case of letters. Notes, quoted source lines and summaries do not count.
struct CompilerLog {
  uint64_t warnings = 0;
  uint64_t errors = 0;
  std::vector<std::string> messages;  // the first `kept_messages_max` counted lines, cut to 500 bytes

  // Feeds one line, without its newline; a carriage return at its end is left out. Usable as
  // ProcessSpec::on_line.
  void add_line(std::string_view line);
};

}  // namespace tcps::reports
