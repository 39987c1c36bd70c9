// The intake service: answers demand on tcps.<line>.intake.<source> as a member of a queue group, so that any
// node may take a request.
//
// Messages accepted:  internal: requests, ends of publishes; VerdictAnswer (from the line actor).
// Sends:              AskVerdict. Publishes acceptances. Every request is answered exactly once, unless the
//                     node dies; "accepted" is said only when the acceptance is synced in the ledger.
// Errors:             are answers: {accepted: false, reason, retry_after_ms}. A publish of unknown outcome is
//                     answered as unavailable; asking again is safe.
// Mailbox:            at most `queued_max` requests wait; more are refused by the bus thread itself. Timers:
//                     none.
// Restart:            requests that waited are not answered and time out at the publisher, who asks again.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "actors/line/following/line_messages.h"
#include "actors/line/following/shared_line.h"
#include "actors/line/intake/intake.h"
#include "actors/runtime/clock.h"
#include "actors/runtime/executor.h"
#include "bus/bus.h"
#include "messages/keys.h"

namespace tcps::line {

struct IntakeConfig {
  bus::Bus* bus = nullptr;
  Executor* executor = nullptr;
  std::shared_ptr<SharedLine> line_view;
  LineName line;
  std::string stream;
  NodeId node;
  Signer* signer = nullptr;
  const Clock* clock = nullptr;
  LineActor line_actor;
  size_t queued_max = 4'096;
  size_t under_way_max = 1'024;
  // The buckets by source of the product in force. Quick.
  std::function<SourceBuckets()> buckets;
  // What became of a work order, for those who ask again. May block: called on the executor.
  std::function<nlohmann::json(const WorkOrderId&)> describe;
};

VerdictAsker spawn_intake(caf::actor_system& system, IntakeConfig config);

}  // namespace tcps::line
