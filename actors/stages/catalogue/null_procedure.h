// The null procedure: a procedure like any other that passes at once and makes nothing, so that a line of it
// measures what the factory itself costs (tcps bench line).
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_null_procedure();

}  // namespace tcps
