// Turtle files of a job, read through the job's reader.
#pragma once

#include <string>
#include <vector>

#include "actors/engines/rdf/turtle.h"
#include "actors/stages/knowledge/answer.h"

namespace tcps::stages {

// What is wrong with a Turtle file, for a stage that tells these two faults apart.
struct TurtleModes {
  std::optional<FailureMode> syntax;
  std::optional<FailureMode> prefix;
};

// One graph of the files, read in the order given. `paths` lie below product_folder; scopes count from
// `first_scope`.
tl::expected<rdf::Graph, Finding> read_graph(const std::vector<std::string>& paths, const ReadFile& read,
                                             const TurtleModes& modes, size_t first_scope = 0);

}  // namespace tcps::stages
