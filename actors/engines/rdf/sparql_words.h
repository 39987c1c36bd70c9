// The bare words of a SPARQL query (keywords, function names, numbers), found without parsing it. Internal to
// the SPARQL engine, which refuses some of them before the evaluator sees the query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcps::rdf {

struct SparqlWord {
  std::string text;  // upper case, or a sign
  int line;
};

// Signs of arithmetic and of property paths (+ - * /) count as words; the sign of a number does not.
// Words outside strings, IRIs, comments, variables, language tags and prefixed names. Where the text is no
// valid SPARQL the result may name too many words, never too few within valid parts.
std::vector<SparqlWord> bare_words(std::string_view query);

}  // namespace tcps::rdf
