// One message under judgement: private to the sources of LineState.
#pragma once

#include "actors/line/fold/line_state.h"

namespace tcps::line {

struct LineState::Applying {
  uint64_t position;
  const LineMessage& message;
  const KeyGrant* signer = nullptr;
  bool forged = false;
  std::vector<Change> changes;

  void note(ChangeKind kind, const WorkOrderState& order, std::string detail = {}) {
    changes.push_back({kind, order.id, order.stage, order.attempt, order.card, std::move(detail)});
  }
  void note(ChangeKind kind, std::string detail) {
    changes.push_back({kind, {}, Stage::pull, 0, {}, std::move(detail)});
  }
};

inline tl::unexpected<Error> refuse(std::string reason) {
  return fail(ErrorCode::refused, std::move(reason));
}

}  // namespace tcps::line
