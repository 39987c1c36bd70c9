// The request target of an HTTP request ("/v1/receipts?stage=build&limit=5"), read from outside bytes with
// bounds. One thing has one spelling less than HTTP allows: no empty or dot segments, no parameter twice, no
// control characters, valid percent escapes and UTF-8 only. Pure rules; tests/fuzz has a target for it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.h"

namespace tcps::gateway {

inline constexpr size_t target_bytes_max = 2048;
inline constexpr size_t segments_max = 16;
inline constexpr size_t parameters_max = 32;

struct RequestTarget {
  std::vector<std::string> segments;              // decoded, none empty
  std::map<std::string, std::string> parameters;  // decoded

  // Errors: invalid.
  static Result<RequestTarget> parse(std::string_view target);
  // A target that parse() reads as this one.
  std::string format() const;
  std::string path() const;  // "v1/receipts": the segments, '/' between them, not escaped

  friend bool operator==(const RequestTarget&, const RequestTarget&) = default;
};

}  // namespace tcps::gateway
