// The canonical form of a graph: sorted N-Triples whose blank nodes carry labels that depend only on the
// structure of the graph (RDF Dataset Canonicalization, RDFC-1.0, with SHA-256). Two graphs have the same
// canonical form exactly when they are the same graph up to blank node labels, so equal digests of three
// loads show that loading is deterministic.
//
// Cost: labelling is exponential for graphs built to be hard (many blank nodes that only symmetry tells
// apart). The search is bounded by `steps_max`; beyond it the graph is refused, not labelled wrongly.
#pragma once

#include <cstddef>
#include <string>

#include "actors/engines/rdf/graph.h"
#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::rdf {

// Permutations tried in all before a graph is refused.
inline constexpr size_t canonical_steps_max = 200'000;

// Errors: full, when the bound is reached: give some blank nodes an IRI or a distinguishing property.
Result<std::string> canonical_ntriples(const Graph& graph, size_t steps_max = canonical_steps_max);
Result<Digest> canonical_digest(const Graph& graph, size_t steps_max = canonical_steps_max);

// The same graph with canonical labels ("c14n0", ...), its triples inserted in canonical order: what is read
// from it comes in an order that depends on the graph's meaning only. Keeps prefixes. Errors: full.
Result<Graph> canonical_copy(const Graph& graph, size_t steps_max = canonical_steps_max);

}  // namespace tcps::rdf
