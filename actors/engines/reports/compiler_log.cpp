#include "actors/engines/reports/compiler_log.h"

#include <algorithm>
#include <cctype>

namespace tcps::reports {
namespace {

constexpr size_t place_bytes_max = 4096;
constexpr size_t message_bytes_max = 500;

enum class Kind { none, warning, error };

Kind kind_of(std::string_view line) {
  if (line.empty() || line.front() == ' ' || line.front() == '\t') return Kind::none;
  std::string head(line.substr(0, place_bytes_max));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto at = [&head](std::string_view part) { return head.find(part); };
  const auto warning = at(": warning: ");
  const auto error = std::min(at(": error: "), at(": fatal error: "));
  if (warning == error) return Kind::none;  // neither
  const auto place = std::string_view(head).substr(0, std::min(warning, error));
  if (place.empty() || place.find('|') != std::string_view::npos) return Kind::none;
  return warning < error ? Kind::warning : Kind::error;
}

}  // namespace

void CompilerLog::add_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto kind = kind_of(line);
  if (kind == Kind::none) return;
  ++(kind == Kind::warning ? warnings : errors);
  if (messages.size() < kept_messages_max) messages.emplace_back(line.substr(0, message_bytes_max));
}

}  // namespace tcps::reports
