// Helpers on UTF-8 text that the engines share.
#pragma once

#include <cstddef>
#include <string_view>

namespace tcps::rdf {

// Well-formed UTF-8 without surrogates, overlong forms and NUL.
bool is_clean_utf8(std::string_view text);

// Number of code points of well-formed UTF-8.
size_t code_points(std::string_view text);

}  // namespace tcps::rdf
