// Finds what must not reach libraptor2. Its Turtle reader shares its lexer with TriG, and a curly brace
// outside of strings, IRIs and comments, which is never Turtle, makes it follow a null pointer. Internal to
// turtle.cpp.
#pragma once

#include <optional>
#include <string_view>

namespace tcps::rdf {

struct StrayBrace {
  int line;  // from 1
  char brace;
};

// The first one. Where a string or an IRI is malformed its contents count as text: such a file is refused
// anyway.
std::optional<StrayBrace> find_stray_brace(std::string_view text);

}  // namespace tcps::rdf
