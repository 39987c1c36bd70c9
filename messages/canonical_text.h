// The pieces that canonical JSON (RFC 8785) is made of, as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcps::canonical {

// With quotes and minimal escapes; bytes that are not UTF-8 as U+FFFD.
void append_string(std::string& out, std::string_view text);
// ECMAScript's Number::toString. Finite: asserted.
void append_double(std::string& out, double number);
// Integers beyond +-2^53 as the nearest double.
void append_integer(std::string& out, int64_t number);
void append_integer(std::string& out, uint64_t number);

// The order of an object's members: by UTF-16 code units.
bool name_less(std::string_view a, std::string_view b);

inline constexpr int64_t exact_integer_max = int64_t{1} << 53;  // beyond +- this, doubles skip integers

}  // namespace tcps::canonical
