#include "nodes/gateway/byte_range.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tcps::gateway {
namespace {

constexpr std::string_view unit = "bytes=";

// All digits, at least one. What does not fit into 64 bits lies beyond every file.
std::optional<uint64_t> byte_number(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() ? number : UINT64_MAX;
}

bool begins_with_unit(std::string_view range) {
  return range.size() > unit.size() &&
         std::equal(unit.begin(), unit.end(), range.begin(),
                    [](char a, char b) { return a == b || (b >= 'A' && b <= 'Z' && a == b - 'A' + 'a'); });
}

}  // namespace

ByteRange byte_range_of(std::string_view range, uint64_t size) {
  using enum ByteRange::Kind;
  if (!begins_with_unit(range)) return {};
  range.remove_prefix(unit.size());
  const size_t dash = range.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = byte_number(range.substr(0, dash)), last = byte_number(range.substr(dash + 1));
  if (dash == 0) {  // the last so many bytes
    if (!last) return {};
    const uint64_t length = std::min(*last, size);
    return length == 0 ? ByteRange{unsatisfiable} : ByteRange{part, size - length, length};
  }
  if (!first || (!last && dash + 1 < range.size()) || (last && *last < *first)) return {};
  if (*first >= size) return {unsatisfiable};
  const uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {part, *first, end - *first + 1};
}

}  // namespace tcps::gateway
