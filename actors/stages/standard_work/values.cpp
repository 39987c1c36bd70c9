#include "actors/stages/standard_work/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "messages/text.h"

namespace tcps::line_toml {
namespace {

constexpr size_t path_bytes_max = 512;
constexpr int64_t longest_ms = 100LL * 365 * 24 * 3600 * 1000;

struct Unit {
  std::string_view name;
  int64_t ms;
};
constexpr std::array<Unit, 4> units = {{{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};

bool is_letter_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool are_segments(std::string_view text) {
  auto segments = split(text, '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    bool trailing = i > 0 && i + 1 == segments.size();
    if (segments[i].empty() && !trailing) return false;
    if (segments[i] == "." || segments[i] == "..") return false;
  }
  return true;
}

bool has_only_path_characters(std::string_view text) {
  return is_plain_text(text) && text.find_first_of("\\\n\t") == std::string_view::npos;
}

// Labels of letters, digits and '-' between dots.
bool are_labels(std::string_view text) {
  const auto labels = split(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
  });
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto count = whole_number<int64_t>(text.substr(0, digits));
  if (!count || *count > longest_ms) return {};
  for (const Unit& unit : units) {
    if (text.substr(digits) == unit.name && *count <= longest_ms / unit.ms)
      return std::chrono::milliseconds(*count * unit.ms);
  }
  return {};
}

std::string format_duration(std::chrono::milliseconds duration) {
  int64_t ms = duration.count();
  if (ms == 0) return "0s";
  for (const Unit& unit : units) {
    if (ms % unit.ms == 0) return fmt::format("{}{}", ms / unit.ms, unit.name);
  }
  return fmt::format("{}ms", ms);
}

bool is_repository_path(std::string_view text) {
  return !text.empty() && text.size() <= path_bytes_max && text.front() != '/' &&
         has_only_path_characters(text) && are_segments(text);
}

bool is_absolute_path(std::string_view text) {
  if (text.empty() || text.size() > path_bytes_max || text.front() != '/' || !has_only_path_characters(text))
    return false;
  return text.size() == 1 || are_segments(text.substr(1));
}

bool is_glob(std::string_view text) {
  if (!is_repository_path(text)) return false;
  bool open = false;
  for (char c : text) {
    if (c == '[' && !open)
      open = true;
    else if (c == ']' && open)
      open = false;
    else if (c == '/' && open)
      return false;
  }
  return !open;
}

bool is_host_and_port(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 253) return false;
  auto port = whole_number(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return false;
  auto host = text.substr(0, colon);
  if (host.front() == '[') {
    return host.size() > 3 && host.back() == ']' &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
               std::string_view::npos;
  }
  return are_labels(host);
}

bool is_plain_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
}

std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> known) {
  constexpr size_t edits_max = 2, name_bytes_max = 64;
  if (name.size() > name_bytes_max) return {};
  std::optional<std::string_view> best;
  size_t best_distance = edits_max + 1;
  for (std::string_view candidate : known) {
    size_t distance = edit_distance(name, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tcps::line_toml
