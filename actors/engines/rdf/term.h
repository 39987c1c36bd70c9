// RDF terms and triples (RDF 1.1 Concepts): the values that the knowledge engines pass around.
// A term is compared by its text, never by its value: "1"^^xsd:integer and "01"^^xsd:integer are two terms.
// Comparison by value is literal.h. Language tags are lower case, as RDF 1.1 section 3.3 allows.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tcps::rdf {

struct Term {
  enum class Kind : uint8_t { iri, blank, literal };

  Kind kind = Kind::iri;
  std::string value;     // IRI text, blank node label without "_:", or lexical form
  std::string datatype;  // literals only: datatype IRI
  std::string language;  // language-tagged literals only (datatype is then rdf:langString)

  static Term iri(std::string_view text);
  static Term blank(std::string_view label);
  // An empty `datatype` stands for xsd:string.
  static Term literal(std::string_view lexical, std::string_view datatype = {});
  static Term tagged(std::string_view lexical, std::string_view language);

  bool is_iri() const { return kind == Kind::iri; }
  bool is_blank() const { return kind == Kind::blank; }
  bool is_literal() const { return kind == Kind::literal; }
  bool is_iri(std::string_view text) const { return is_iri() && value == text; }

  // Canonical N-Triples form (RDF Dataset Canonicalization section 5).
  std::string to_string() const;

  friend auto operator<=>(const Term&, const Term&) = default;
  friend bool operator==(const Term&, const Term&) = default;
};

struct Triple {
  Term subject;
  Term predicate;
  Term object;

  std::string to_string() const;  // one N-Triples line without its line end

  friend auto operator<=>(const Triple&, const Triple&) = default;
  friend bool operator==(const Triple&, const Triple&) = default;
};

// The text between the quotes of an N-Triples or Turtle literal.
std::string escape_literal(std::string_view text);
// "<...>" with everything that an IRIREF may not contain written as \uXXXX.
std::string quote_iri(std::string_view iri);

}  // namespace tcps::rdf

template <>
struct std::hash<tcps::rdf::Term> {
  size_t operator()(const tcps::rdf::Term& term) const noexcept {
    const std::hash<std::string_view> hash;
    return (hash(term.value) * 31 + hash(term.datatype)) * 31 + hash(term.language) + size_t(term.kind);
  }
};
