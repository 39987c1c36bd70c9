// RFC 8785 (JSON Canonicalization Scheme): the one byte sequence that stands for a JSON value, so that it can
// be signed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "messages/result.h"

namespace tcps {

// Keys sorted by UTF-16 code units, ECMAScript number form, minimal escapes. Numbers must be finite:
// asserted, JSON has no others. Integers beyond +-2^53 are written as the nearest double, as RFC 8785
// demands; bytes that are not UTF-8 as U+FFFD, so that the result is JSON whatever a string holds.
std::string canonical_json(const nlohmann::json& value);

// Parses outside bytes with bounds: at most `depth_max` levels, no duplicate keys (I-JSON), valid UTF-8.
// Errors: invalid.
Result<nlohmann::json> parse_json(std::string_view text, size_t depth_max = 64);

}  // namespace tcps
