// SHACL property paths (SHACL section 2.3.1): read from a shapes graph, walked over a data graph.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/engines/rdf/graph.h"
#include "messages/result.h"

namespace tcps::rdf {

struct PropertyPath {
  enum class Kind { predicate, inverse, sequence, alternative, zero_or_more, one_or_more, zero_or_one };

  Kind kind = Kind::predicate;
  std::string iri;                  // of a predicate path
  std::vector<PropertyPath> parts;  // one, or two and more for sequence and alternative

  static PropertyPath predicate(std::string_view iri);

  // Errors: invalid, when `node` is no well-formed path or nests deeper than 32.
  static Result<PropertyPath> read(const Graph& shapes, const Term& node);
  // Adds the path to `out` as SHACL writes it, with fresh blank nodes counted by `fresh`; returns its node.
  Term write(Graph& out, size_t& fresh) const;

  // The nodes at the end of the path from `focus`, each once, in the graph's order.
  std::vector<Term> values(const Graph& data, const Term& focus) const;

  std::string to_string() const;  // SPARQL's notation, in full IRIs

  friend bool operator==(const PropertyPath&, const PropertyPath&) = default;
};

// The members of an RDF list. Errors: invalid, when the list is broken, circular or longer than 100,000.
Result<std::vector<Term>> read_list(const Graph& graph, const Term& head);
// Adds a list; returns its head.
Term write_list(Graph& out, const std::vector<Term>& members, size_t& fresh);

}  // namespace tcps::rdf
