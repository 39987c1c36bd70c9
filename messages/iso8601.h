// Points in time as people and JSON write them. Times in messages are information from a node's clock, never
// a rule of the fold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/result.h"

namespace tcps {

// "2026-01-26T10:15:00Z", with milliseconds ("...:00.250Z") where they are not zero. Takes milliseconds since
// the Unix epoch, UTC; what lies outside the years 0 to 9999 is written as the nearest instant inside.
std::string to_iso8601(int64_t unix_ms);

// Reads that form, also with 1-9 digits of fraction (cut to milliseconds) and with an offset such as "+02:00"
// in place of "Z". Errors: invalid.
Result<int64_t> parse_iso8601(std::string_view text);

}  // namespace tcps
