// Makes the syntax tree of a template. Names of filters, tests and functions, and of their arguments, are
// checked here, so that a misspelt one is found without data.
#pragma once

#include <string_view>

#include "actors/engines/tera/ast.h"

namespace tcps::tera {

// Throws Failure of kind syntax.
Template parse(std::string_view source, std::string_view template_name);

}  // namespace tcps::tera
