// Stage 5, Render: the product's generated files. Selects the templates that serve the work order's feature
// and has tcps-engine render them in the sandbox, under render_rules.h.
//
// Failures: F5.1 to F5.4 (render_rules.h). Hands on render/<path> for every file, and the list of all of them
// as the report templates.json, which the receipt may have to shorten. A product without ontology passes
// unchanged.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_render_procedure();

}  // namespace tcps
