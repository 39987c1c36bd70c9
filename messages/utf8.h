// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. NUL is a character; a
// place that refuses it, or other control characters, says so itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcps::utf8 {

// Bytes of the character that the text begins with, 1-4; 0 when it is empty or begins with none.
size_t sequence_length(std::string_view text);

bool is_valid(std::string_view text);

// The code point of the character that the text begins with, taken off it. Nothing, and nothing taken, when
// there is none.
std::optional<uint32_t> take_code_point(std::string_view& text);

// A code point of Unicode: asserted. A surrogate is none.
void append(std::string& out, uint32_t code_point);

// Whether a character begins with this byte; every other byte of well-formed text continues one.
constexpr bool begins_character(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) != 0x80; }

// Characters of well-formed text.
size_t count(std::string_view text);

// The longest beginning of at most `bytes_max` bytes that does not end within a character of well-formed text.
std::string_view cut(std::string_view text, size_t bytes_max);

}  // namespace tcps::utf8
