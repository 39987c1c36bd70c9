#include "actors/engines/rdf/decimal.h"

#include <algorithm>

#include "messages/text.h"

namespace tcps::rdf {
namespace {

struct Numeral {
  bool negative = false;
  std::string_view whole;     // without leading zeros
  std::string_view fraction;  // without trailing zeros
  bool zero() const { return whole.empty() && fraction.empty(); }
};

Numeral split(std::string_view text) {
  Numeral numeral;
  if (text.starts_with('+') || text.starts_with('-')) {
    numeral.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const size_t point = std::min(text.find('.'), text.size());
  numeral.whole = text.substr(0, point);
  numeral.fraction = point < text.size() ? text.substr(point + 1) : std::string_view{};
  numeral.whole.remove_prefix(std::min(numeral.whole.find_first_not_of('0'), numeral.whole.size()));
  const size_t last = numeral.fraction.find_last_not_of('0');
  numeral.fraction = numeral.fraction.substr(0, last == std::string_view::npos ? 0 : last + 1);
  return numeral;
}

std::strong_ordering compare_magnitudes(const Numeral& left, const Numeral& right) {
  if (left.whole.size() != right.whole.size()) return left.whole.size() <=> right.whole.size();
  if (const int order = left.whole.compare(right.whole); order != 0) return order <=> 0;
  return left.fraction.compare(right.fraction) <=> 0;
}

}  // namespace

bool is_decimal_numeral(std::string_view text, bool fraction) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const size_t point = fraction ? std::min(text.find('.'), text.size()) : text.size();
  const auto whole = text.substr(0, point);
  const auto rest = point < text.size() ? text.substr(point + 1) : std::string_view{};
  return !(whole.empty() && rest.empty()) && std::all_of(whole.begin(), whole.end(), is_digit) &&
         std::all_of(rest.begin(), rest.end(), is_digit);
}

std::strong_ordering compare_numerals(std::string_view left_text, std::string_view right_text) {
  const Numeral left = split(left_text);
  const Numeral right = split(right_text);
  const bool left_negative = left.negative && !left.zero();
  const bool right_negative = right.negative && !right.zero();
  if (left_negative != right_negative) {
    return left_negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left_negative ? compare_magnitudes(right, left) : compare_magnitudes(left, right);
}

}  // namespace tcps::rdf
