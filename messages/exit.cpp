#include "messages/exit.h"

#include <fmt/format.h>

namespace tcps {

Exit exit_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return Exit::usage;
    case ErrorCode::not_found:
      return Exit::not_found;
    case ErrorCode::unavailable:
      return Exit::unreachable;
    case ErrorCode::conflict:
    case ErrorCode::full:
    case ErrorCode::refused:
      return Exit::refused;
    case ErrorCode::timeout:
      return Exit::timeout;
    case ErrorCode::corrupt:
      return Exit::failed;
    case ErrorCode::io:
      return Exit::internal;
  }
  return Exit::internal;
}

std::string exit_help(ProgramKind kind) {
  constexpr size_t line_characters_max = 100;
  std::string text;
  std::string line = "Exit codes:";
  for (const ExitWord& row : Vocabulary<Exit>::rows) {
    const std::string_view meaning = row.meanings[row_number(kind)];
    if (meaning.empty()) continue;
    const bool is_first = line.ends_with(':') && text.empty();
    const std::string item = fmt::format(" {} {}", row.number, meaning);
    if (!is_first) line += ';';
    if (line.size() + item.size() + 1 > line_characters_max) {
      text += line + '\n';
      line = item.substr(1);
    } else {
      line += item;
    }
  }
  return text + line + '.';
}

}  // namespace tcps
