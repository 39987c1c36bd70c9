// Which procedure works a stage: the one place where the ten come together.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

// plan has no procedure (the planner is a role): asserted.
std::shared_ptr<Procedure> make_procedure(Stage stage, const StandardWork& work);

}  // namespace tcps
