// What the planner publishes next, as a pure rule: plan receipts and dispatches that fill the free WIP slots
// in Heijunka's order. Whatever is planned takes a free slot, also what resumes at pull, where it will occupy
// none: the fold admits all that is planned.
#pragma once

#include <set>
#include <vector>

#include "actors/line/fold/line_state.h"

namespace tcps::supervisor {

struct Release {
  line::WorkOrderState order;
  uint32_t wip_current = 0;           // slots taken when this one is released, itself not counted
  std::vector<WorkOrderId> schedule;  // all that are released with it, in order
};

// Where a release of a work order would go: the standard work says which pool the stage needs.
using Destination = std::pair<Digest, Stage>;  // standard work, stage
Destination destination_of(const line::WorkOrderState& order);

// `in_flight`: released before and not yet seen in the fold. `unready`: destinations whose pool has no live
// node: what goes there waits, and what is behind it goes first. Nothing is released while the line or its
// planning is stopped.
std::vector<Release> plan_releases(const line::LineState& line, const std::set<WorkOrderId>& in_flight,
                                   const std::set<Destination>& unready, size_t releases_max);

// The Standard Work's receipt fields of the plan stage.
struct PlanFields {
  std::string schedule_id;
  uint32_t slots_allocated = 0;
  uint32_t wip_limit = 0;
  uint32_t wip_current = 0;
  std::map<std::string, uint32_t> bucket_distribution;
  std::vector<std::string> work_orders;
};
PlanFields plan_fields(const line::LineState& line, const Release& release, std::string date);

}  // namespace tcps::supervisor
