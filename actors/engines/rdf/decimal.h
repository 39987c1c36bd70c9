// Exact order of decimal numerals of any length, as XML Schema writes them. Internal to literal.cpp and
// tests.
#pragma once

#include <compare>
#include <string_view>

namespace tcps::rdf {

// [+-]? digits [. digits] with at least one digit; `fraction` false refuses the point.
bool is_decimal_numeral(std::string_view text, bool fraction);

// Both must be decimal numerals.
std::strong_ordering compare_numerals(std::string_view left, std::string_view right);

}  // namespace tcps::rdf
