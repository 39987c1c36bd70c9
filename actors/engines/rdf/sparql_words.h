// The bare words of a SPARQL query (keywords and function names), found without parsing it. Internal to the
// SPARQL engine, which refuses some of them before the evaluator sees the query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcps::rdf {

struct SparqlWord {
  std::string text;  // upper case, or "-"
  int line;
};

// A minus sign that stands between an operand and a digit ("5-7", "?x -1") is given as the word "-".
// Words outside strings, IRIs, comments, variables, language tags and prefixed names. Where the text is no
// valid SPARQL the result may name too many words, never too few within valid parts.
std::vector<SparqlWord> bare_words(std::string_view query);

}  // namespace tcps::rdf
