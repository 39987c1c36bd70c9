// Stage 4, Extract: the rows that the templates will see. Selects the queries that serve the work order's
// feature and has tcps-engine ask them in the sandbox, under extract_rules.h.
//
// Failures: F4.1 to F4.4 (extract_rules.h). Hands on extract/<query>.json. A product without ontology passes
// unchanged.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_extract_procedure();

}  // namespace tcps
