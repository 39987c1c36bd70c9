// The answer to "what is this file, and who made it from what": an artifact's makers and their way back to
// the demand, as JSON for machines and as the graph that pictures are drawn from. Pure rules over lineages.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "actors/ledger/chain/lineage.h"
#include "messages/digest.h"

namespace tcps::ledger {

// {"work_order": {...}, "demand": {...}, "steps": [newest first, each with "materials"]}:
// docs/formats/queries.md. `artifact` may be empty: then the trace is of the first step itself.
nlohmann::json origin_json(const Lineage& lineage, const Digest& artifact);

// What a trace looks like as a graph: things made or decided, and arrows from each to what it was made from.
struct TraceGraph {
  enum class Kind { artifact, receipt, acceptance, dispatch, material, demand };
  struct Node {
    std::string id;  // unique, [a-z0-9-]
    Kind kind = Kind::artifact;
    std::string title;  // one short line
    std::vector<std::string> details;
  };
  struct Arrow {
    size_t from = 0, to = 0;  // nodes; `from` was made from `to`
    std::string label;
  };
  std::vector<Node> nodes;  // an arrow's `to` comes after its `from`
  std::vector<Arrow> arrows;
};
// Of the reply to the query "trace". Members that are missing are left out of the picture.
TraceGraph graph_of(const nlohmann::json& trace);

}  // namespace tcps::ledger
