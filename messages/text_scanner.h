// Takes a text of fixed form apart from the left: dates, times, durations, addresses. Each step says whether it
// found what it looked for; what it did not find stays.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/text.h"

namespace tcps {

class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool sees(char c) const { return rest_.starts_with(c); }

  bool take(char c) { return sees(c) && drop(1); }
  bool take(std::string_view text) { return rest_.starts_with(text) && drop(text.size()); }
  bool take_any(std::string_view characters) {
    return !done() && characters.find(rest_.front()) != std::string_view::npos && drop(1);
  }

  // The characters of a kind that come next: all there are, maybe none.
  template <std::predicate<char> Kind>
  std::string_view take_while(Kind is_of_kind) {
    size_t count = 0;
    while (count < rest_.size() && is_of_kind(rest_[count])) ++count;
    const auto found = rest_.substr(0, count);
    drop(count);
    return found;
  }

  std::string_view digits() { return take_while(is_digit); }

  // A number of so many digits, at most nine, within [least, most]; further digits stay.
  std::optional<int> number(size_t digits, int least, int most) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = 10 * value + (c - '0');
    }
    if (value < least || value > most) return std::nullopt;
    drop(digits);
    return value;
  }

 private:
  bool drop(size_t count) {
    rest_.remove_prefix(count);
    return true;
  }

  std::string_view rest_;
};

// What the digits behind a decimal point say, in billionths; those beyond the ninth are cut.
constexpr uint32_t billionths(std::string_view digits) {
  uint32_t value = 0;
  for (size_t i = 0; i < 9; ++i) value = 10 * value + (i < digits.size() ? uint32_t(digits[i] - '0') : 0u);
  return value;
}

}  // namespace tcps
