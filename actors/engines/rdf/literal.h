// Literals by value: whether a lexical form belongs to its datatype (XML Schema 1.1 part 2), and the order of
// two values as SPARQL's operators see it. Numbers compare exactly as decimals unless one of them is a float
// or double; dates and times compare in UTC, and a time with a zone is ordered against one without only when
// the 14 hours of doubt do not matter (XML Schema part 2, appendix E).
#pragma once

#include <compare>
#include <string_view>

#include "actors/engines/rdf/term.h"

namespace tcps::rdf {

// True for datatypes this file knows when the form is right, and for every form of an unknown datatype.
bool is_valid_lexical(std::string_view datatype, std::string_view lexical);

// unordered: the two are not comparable, or one of them is no literal or ill-typed.
std::partial_ordering compare_values(const Term& left, const Term& right);

// xsd:integer and what is derived from it.
bool is_integer_type(std::string_view datatype);
// The above, xsd:decimal, xsd:float and xsd:double.
bool is_numeric_type(std::string_view datatype);

// BCP 47 basic filtering: "en" takes "en" and "en-gb"; "*" takes every tag. `tag` in lower case.
bool language_matches(std::string_view tag, std::string_view range);

}  // namespace tcps::rdf
