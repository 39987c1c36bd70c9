// Stage 3, Generate: the ontology of the product, loaded, validated and proven to load the same every time.
// The work is done by tcps-engine in the sandbox under generate_rules.h.
//
// Failures: F3.1 to F3.4 (generate_rules.h); the SHACL report is the evidence of F3.1. Hands on
// generate/ontology.nt and generate/shacl-report.ttl. A product without ontology passes unchanged.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_generate_procedure();

}  // namespace tcps
