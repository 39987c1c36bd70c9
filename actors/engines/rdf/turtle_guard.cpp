#include "actors/engines/rdf/turtle_guard.h"

#include <algorithm>
#include <string>

namespace tcps::rdf {
namespace {

constexpr size_t none = 0;

size_t iri_length(std::string_view text) {
  const size_t end = text.find_first_of(" \t\r\n<>\"{}|^`", 1);
  return end != std::string_view::npos && text[end] == '>' ? end + 1 : none;
}

size_t string_length(std::string_view text) {
  const std::string fence(3, text.front());
  const bool is_long = text.starts_with(fence);
  const std::string_view end = std::string_view(fence).substr(0, is_long ? 3 : 1);
  for (size_t at = end.size(); at < text.size(); at += text[at] == '\\' ? 2 : 1) {
    if (text.substr(at).starts_with(end)) return at + end.size();
    if (!is_long && (text[at] == '\n' || text[at] == '\r')) return none;
  }
  return none;
}

// The length of what opens here and hides braces; `none` when nothing well-formed does.
size_t hidden_length(std::string_view text) {
  switch (text.front()) {
    case '#':
      return std::min(text.find_first_of("\r\n"), text.size());
    case '<':
      return iri_length(text);
    case '"':
    case '\'':
      return string_length(text);
    default:
      return none;
  }
}

}  // namespace

std::optional<StrayBrace> find_stray_brace(std::string_view text) {
  int line = 1;
  while (!text.empty()) {
    if (text.front() == '{' || text.front() == '}') return StrayBrace{line, text.front()};
    const size_t length = std::max<size_t>(hidden_length(text), 1);
    line += static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(length), '\n'));
    text.remove_prefix(length);
  }
  return std::nullopt;
}

}  // namespace tcps::rdf
