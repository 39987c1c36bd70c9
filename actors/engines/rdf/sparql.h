// SPARQL SELECT and ASK over a graph in memory: stage extract runs its queries here and hands the rows to the
// templates as JSON.
//
// The answer to a query depends on the graph's meaning and the query's text only: the engine reads a
// canonical copy of the graph, sorts rows that ORDER BY does not, and refuses what cannot be repeated or
// leaves the graph (NOW, RAND, UUID, STRUUID, BNODE, SERVICE, FROM). Nothing is ever fetched.
//
// Inside, librasqal 0.9 evaluates; this class is the seam behind which another evaluator can stand. What that
// library lacks of SPARQL 1.1 is an error: property paths, MINUS, EXISTS, CONSTRUCT. What it is known to get
// wrong is refused: arithmetic, aggregates, VALUES, CONCAT, STRBEFORE, STRAFTER. GRAPH matches nothing: there
// are no named graphs. Threads: run() may be called from many threads at once; each call has a world of its
// own.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "actors/engines/rdf/graph.h"
#include "messages/result.h"

namespace tcps::rdf {

struct SparqlError {
  enum class Kind {
    syntax,   // Standard Work F4.4; an undeclared prefix counts as one
    timeout,  // Standard Work F4.1
    too_many_rows,
    refused,  // well-formed, but against the rules above or beyond the evaluator
  };
  Kind kind;
  int line = 0;  // from 1; 0 when unknown
  std::string message;

  std::string to_string(std::string_view query_name) const;  // "sparql/a.rq:3: ..."
};

struct SparqlLimits {
  size_t query_bytes_max = 1 << 20;
  size_t rows_max = 1'000'000;
  // Asked at every few hundred triples visited and for every row; true ends the query with `timeout`. Work
  // between two triples (sorting, a regular expression) is bounded only by the process that runs the engine.
  std::function<bool()> expired = [] { return false; };
};

struct SparqlResult {
  bool is_ask = false;
  bool answer = false;                                 // ASK only
  std::vector<std::string> variables;                  // SELECT only, as the query lists them
  std::vector<std::vector<std::optional<Term>>> rows;  // one value for each variable, or none when unbound

  // SELECT: an array of objects; numbers and booleans become JSON numbers and booleans, everything else a
  // string (blank nodes "_:c14n0"), unbound variables are absent. Integers beyond 64 bits become doubles;
  // NaN, infinities and ill-typed literals keep their text. ASK: true or false.
  nlohmann::json to_json() const;
};

class SparqlEngine {
 public:
  // Errors: full, when the graph has no canonical form within bounds (canonical.h).
  static Result<SparqlEngine> over(const Graph& graph);

  tl::expected<SparqlResult, SparqlError> run(std::string_view query, const SparqlLimits& limits = {}) const;

 private:
  explicit SparqlEngine(Graph graph) : graph_(std::move(graph)) {}
  Graph graph_;
};

}  // namespace tcps::rdf
