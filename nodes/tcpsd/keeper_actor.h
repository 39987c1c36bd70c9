// The keeper of one line on one node: starts its actors, restarts them one for one with an intensity limit
// (restart_policy.h), tells the line that this node lives, and ends everything in order (shutdown_order.h).
//
// Messages accepted:  line::FoldMoved; KeeperStop; internal: loaded standard work, ticks, restarts.
// Sends:              station::Close to stations. Publishes heartbeats and this node's registration as a
//                     replica.
// Errors:             the line or replica actor failing, or an actor that keeps failing, fails the node.
// Timers:             one tick a second. Restart: none; the keeper ends with the node.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include "nodes/tcpsd/line_wiring.h"

namespace tcps::node {

struct KeeperStop {
  bool at_once = false;  // without the grace: the stream that stations would publish to is lost
};

using KeeperActor = caf::typed_actor<caf::reacts_to<KeeperStop>>;

KeeperActor spawn_keeper(caf::actor_system& system, LineParts parts);

}  // namespace tcps::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::KeeperStop)
