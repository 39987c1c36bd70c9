// Cuts a template into tokens: text, the marks {{ }} {% %}, and what stands between them. Comments and raw
// sections end here, and so does whitespace control.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/engines/tera/ast.h"

namespace tcps::tera {

enum class TokenKind : uint8_t {
  text,          // outside of all marks
  output_begin,  // {{
  output_end,
  tag_begin,  // {%
  tag_end,
  word,    // identifier or keyword
  member,  // name or index after a dot that follows a word, a member or ']'
  string,  // without its quotes
  integer,
  floating,
  symbol,  // == != <= >= < > + - * / % ~ | ( ) [ ] , = ::
  end,
};

struct Token {
  TokenKind kind;
  std::string text;
  Place place;
};

// Throws Failure of kind syntax.
std::vector<Token> lex(std::string_view source, std::string_view template_name);

}  // namespace tcps::tera
