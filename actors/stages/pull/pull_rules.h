// Stage 1, Pull, as rules: what a demand signal must be before it becomes a work order.
//
// Two halves. check_demand() looks at plain fields and runs in the node. validate_work_order() writes the
// work order as Turtle and checks it against SHACL shapes, which are the product's: it runs in tcps-engine.
#pragma once

#include <optional>

#include "actors/stages/knowledge/answer.h"
#include "actors/stages/standard_work/standard_work.h"
#include "messages/proto/work_order.pb.h"

namespace tcps::stages {

// "2026-02-01", and a day that the calendar has.
bool is_calendar_date(std::string_view text);

// Findings: F1.1 the source is none of the line's or its bucket is not known,
// F1.3 a field that every work order needs is empty, F1.4 the due date is no date.
std::optional<Finding> check_demand(const proto::WorkOrder& order, const StandardWork& work);

// Whether the signal says that it breaks what users rely on: attribute "breaking" = "true".
bool is_breaking(const proto::WorkOrder& order);

// The version that the work order's product gets, where `highest` is the highest of its SKU on the line
// (empty: none yet). The line's fold admits it, unless another work order of the SKU was given one meanwhile.
// The work order has passed check_demand(). Errors: those of version_after().
Result<std::string> assign_version(const proto::WorkOrder& order, const StandardWork& work,
                                   std::string_view highest);

}  // namespace tcps::stages
