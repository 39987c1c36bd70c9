// Dates for the `date` filter: from a timestamp or an ISO 8601 text to a strftime pattern, by arithmetic
// alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcps::tera {

struct DateTime {
  int64_t local_seconds = 0;  // since 1970-01-01T00:00:00, as the clock on the wall of that offset shows it
  uint32_t nanoseconds = 0;
  int32_t offset_seconds = 0;  // east of UTC
};

// "2026-01-26", "2026-01-26T10:15:00", with fraction and "Z" or "+01:00". Years 0001 to 9999.
std::optional<DateTime> parse_date(std::string_view text);
std::optional<DateTime> date_from_timestamp(int64_t seconds);

// strftime in English, as chrono has it: throws Misuse for a conversion that it does not know.
std::string format_date(const DateTime& date, std::string_view pattern);

}  // namespace tcps::tera
