// Turtle in and out. Reading uses libraptor2 on text that is already in memory: no name is ever resolved, no
// network or file is opened by the parser, and both the text and the graph are bounded.
//
// Blank nodes are labelled by where they stand ("s0u_label" written, "s0g4" generated, s0 being the source's
// scope), so that the same files give the same labels in every run and two files never share a blank node.
// Relative IRIs are resolved against "file:///<source name>": the same wherever the tree is checked out.
// Threads: every call has a raptor world of its own; calls on different graphs may run at the same time.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "actors/engines/rdf/graph.h"
#include "messages/result.h"

namespace tcps::rdf {

struct TurtleError {
  enum class Kind {
    unreadable,        // the file cannot be read
    too_large,         // a bound of TurtleLimits was reached
    syntax,            // Standard Work F3.2
    undefined_prefix,  // Standard Work F3.3: `token` is the prefixed name
  };
  Kind kind;
  std::string file;
  int line = 0;       // from 1; 0 when unknown
  std::string token;  // the offending token, or the source line around it where raptor does not name one
  std::string message;

  // "ontology/a.ttl:4: ...", with what to do about it.
  std::string to_string() const;
};

struct TurtleLimits {
  size_t bytes_max = 64 << 20;     // of each source
  size_t triples_max = 5'000'000;  // of the graph
};

struct TurtleSource {
  std::string name;  // relative path with '/', for people and as base IRI
  std::string text;
};

// Adds the triples of `source` to `graph`. On an error the graph holds what came before it: throw it away.
// Sources read into one graph need different `scope`s.
tl::expected<void, TurtleError> read_turtle(const TurtleSource& source, size_t scope, Graph& graph,
                                            const TurtleLimits& limits = {});
tl::expected<Graph, TurtleError> parse_turtle(const TurtleSource& source, const TurtleLimits& limits = {});

// One graph of all files, read in the order of their names. `names` are relative to `folder`.
tl::expected<Graph, TurtleError> load_turtle_files(const std::string& folder, std::vector<std::string> names,
                                                   const TurtleLimits& limits = {});

// Sorted Turtle with canonical blank node labels: equal graphs give equal text. Errors: full (canonical.h).
Result<std::string> to_turtle(const Graph& graph);

}  // namespace tcps::rdf
