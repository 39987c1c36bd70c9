// Work in process: what counts against the line's WIP limit, said once. The fold admits by it, the planner
// plans by it, and the queries tell it.
#pragma once

#include <cstdint>

#include "actors/line/fold/work_order_state.h"

namespace tcps::line {

// A work order occupies a slot from plan's receipt, or from its dispatch when it resumes at a later stage, until
// it is done, quarantined, held or cancelled. At pull, and while it waits in the backlog, it occupies none.
constexpr bool occupies_slot(Phase phase, Stage stage) {
  return phase == Phase::working && stage != Stage::pull;
}
inline bool occupies_slot(const WorkOrderState& order) { return occupies_slot(order.phase, order.stage); }

// Slots used may exceed a limit that was lowered: then nothing is released until they are below it.
struct WipCount {
  uint32_t used = 0;
  uint32_t limit = 0;
  uint32_t free() const { return used < limit ? limit - used : 0; }
};

}  // namespace tcps::line
