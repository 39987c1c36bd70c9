// Dates and times of XML Schema: parsing and order. Internal to literal.cpp and tests.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tcps::rdf {

struct Moment {
  int64_t seconds = 0;      // since 1970-01-01T00:00:00, in UTC when zoned
  int32_t nanoseconds = 0;  // digits beyond the ninth are cut
  bool zoned = false;
};

// Nothing when the text is not of the type. Years of up to 9 digits.
std::optional<Moment> parse_date_time(std::string_view text);
std::optional<Moment> parse_date(std::string_view text);
std::optional<Moment> parse_time(std::string_view text);

// XML Schema's order relation: unordered when only one has a zone and they are within 14 hours.
std::partial_ordering compare_moments(const Moment& left, const Moment& right);

// gYear, gYearMonth, gMonth, gMonthDay, gDay by local name of the type.
bool is_partial_date(std::string_view type, std::string_view text);
// duration, yearMonthDuration, dayTimeDuration by local name of the type.
bool is_duration(std::string_view type, std::string_view text);

}  // namespace tcps::rdf
