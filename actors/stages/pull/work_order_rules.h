// A work order in the words of an ontology, and whether it satisfies SHACL shapes: the half of stage 1, Pull,
// that tcps-engine runs, because the shapes are the product's.
#pragma once

#include "actors/engines/rdf/graph.h"
#include "actors/stages/knowledge/answer.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps::stages {

inline constexpr std::string_view taiea = "http://taiea.org/ontology#";

// One taiea:WorkOrder with requestedSKU, priority, bucket, dueDate, demandSource, created, status "open" and
// rdfs:label, as `work_order` (work_order.proto as JSON) has them; an absent or empty field is left out.
rdf::Graph work_order_graph(const nlohmann::json& work_order);

// The shapes for products that bring none: every field of the Standard Work's example, once, of its type.
std::string built_in_shapes();

// Fields: validation. Output: work_order.ttl. Findings: F1.1 the demand source or another value is refused,
// F1.3 a field is missing, F1.4 the due date is refused; without mode: shapes that cannot be read or checked.
JobAnswer validate_work_order(const WorkOrderJob& job, const ReadFile& read);

}  // namespace tcps::stages
