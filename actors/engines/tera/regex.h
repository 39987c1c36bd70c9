// Regular expressions for the test `matching`, by RE2: its syntax, which Rust's regex shares, its UTF-8, and
// time bounded by pattern times text, whatever the pattern.
#pragma once

#include <string_view>

namespace tcps::tera {

// Whether `pattern` occurs in `text`. Throws Misuse when the pattern is malformed or too large.
bool regex_occurs(std::string_view pattern, std::string_view text);

}  // namespace tcps::tera
