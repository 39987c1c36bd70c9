// Stage 1, Pull: accepted demand becomes a work order in the words of the ontology, checked, with the version
// that its product will have.
//
// The order of checks: plain fields in the node (pull_rules.h), then SHACL in tcps-engine
// (work_order_rules.h) with the product's shapes, or built-in ones when it brings none. Failures: F1.1, F1.3,
// F1.4 (F1.2, a duplicate, cannot arrive here: a work order's id is the digest of its signal, and the line's
// fold takes each id once). Hands on pull/work_order.ttl and pull/work_order.json.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_pull_procedure();

}  // namespace tcps
