// Where an entry comes from: itself, then what it follows, back to the acceptance of its work order and so to
// the demand signal. What provenance, traces and summaries are derived from. Values only.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/line_message.h"

namespace tcps::ledger {

inline constexpr size_t lineage_steps_max = 256;  // ten stages, and what resumes put between them

struct LineageStep {
  uint64_t index = 0;
  LineMessage message;
};

// Newest first. A whole one ends with the acceptance.
using Lineage = std::vector<LineageStep>;

inline const proto::Receipt* receipt_of(const LineageStep& step) {
  return std::get_if<proto::Receipt>(&step.message.predicate);
}
// Null, when the lineage does not reach the acceptance.
inline const proto::WorkOrder* accepted_order(const Lineage& lineage) {
  const auto* acceptance =
      lineage.empty() ? nullptr : std::get_if<proto::Acceptance>(&lineage.back().message.predicate);
  return acceptance == nullptr ? nullptr : &acceptance->work_order();
}

}  // namespace tcps::ledger
