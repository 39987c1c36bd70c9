// What the C libraries below take as text.
#pragma once

#include <string_view>

#include "messages/utf8.h"

namespace tcps::rdf {

// UTF-8 without NUL, at which their strings end.
inline bool is_c_text(std::string_view text) {
  return utf8::is_valid(text) && text.find('\0') == std::string_view::npos;
}

}  // namespace tcps::rdf
