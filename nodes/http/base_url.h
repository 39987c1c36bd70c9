// The address below which a client fetches: "http[s]://host[:port][/prefix]". Pure rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/result.h"

namespace tcps::http {

inline constexpr size_t base_url_bytes_max = 2048;

struct BaseUrl {
  bool secure = false;  // https
  std::string host;     // a name or an address, of IPv6 without its brackets
  uint16_t port = 0;    // that of the scheme when none is named
  std::string prefix;   // begins and ends with '/'

  // As the field Host has it (RFC 9110, 7.2): without the port of the scheme.
  std::string authority() const;

  // No user, no query, no fragment; no spaces and no control characters. Errors: invalid.
  static Result<BaseUrl> parse(std::string_view text);

  friend bool operator==(const BaseUrl&, const BaseUrl&) = default;
};

}  // namespace tcps::http
