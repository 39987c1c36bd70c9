// The keeper of one line on one node: starts its actors, restarts them one for one with an intensity limit,
// tells the line that this node lives, and ends everything in order.
//
// Messages accepted:  line::FoldMoved; KeeperStop; internal: loaded standard work, ticks, restarts.
// Sends:              station::Close to stations. Publishes heartbeats and this node's registration as a
//                     replica.
// Errors:             the line or ledger actor ending, or an actor that keeps ending, fails the node.
// Timers:             one tick a second. Restart: none; the keeper ends with the node.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/ledger/queries/queries.h"
#include "actors/ledger/replication/line_log.h"
#include "actors/line/following/line_actor.h"
#include "actors/station/station_actor.h"
#include "actors/supervisor/supervisor_actor.h"
#include "nodes/tcpsd/line_runtime.h"

namespace tcps::node {

inline constexpr int restarts_max = 5;  // of one actor within a minute

struct KeeperConfig {
  NodeContext node;
  LineConfig line;
  ledger::LineLog log;
  std::string stream;
  uint32_t epoch = 1;
  std::shared_ptr<bus::ObjectStore> artifacts;
  std::shared_ptr<line::Peers> peers;
  std::shared_ptr<ledger::LedgerQueries> queries;
  std::shared_ptr<Executor> query_executor;
};

struct KeeperStop {
  bool at_once = false;  // without the grace: the stream that stations would publish to is lost
};

caf::actor spawn_keeper(caf::actor_system& system, KeeperConfig config);

}  // namespace tcps::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::KeeperStop)
