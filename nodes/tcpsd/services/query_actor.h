// The query service of a node: answers tcps.<line>.ledger.<query> as a member of a queue group, and is a NATS
// micro service (micro_service.h), so that tools find it by $SRV.PING, $SRV.INFO and $SRV.STATS.
//
// Messages accepted:  internal: verdict requests; line::VerdictAnswer. All other queries run on the executor
//                     and touch no actor.
// Errors:             are answers: {"error": {"code", "message"}}, and the service error headers of ADR-32.
// Mailbox:            at most `waiting_max` queries are under way; more are refused at once. Restart: askers
//                     time out and ask again.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <memory>

#include "actors/ledger/queries/queries.h"
#include "actors/line/following/line_messages.h"
#include "actors/line/following/shared_line.h"
#include "actors/runtime/executor.h"
#include "bus/bus.h"

namespace tcps::node {

struct QueryConfig {
  bus::Bus* bus = nullptr;
  std::shared_ptr<Executor> executor;  // of its own: a long scan must not hold up stations
  std::shared_ptr<ledger::LedgerQueries> queries;
  std::function<Result<nlohmann::json>(const nlohmann::json& request)>
      retention;  // what a sweep would take; blocks for long
  LineName line;
  line::LineActor line_actor;
  NodeId node;
  int64_t started_unix_ms = 0;
  size_t waiting_max = 256;
};

line::VerdictAsker spawn_query(caf::actor_system& system, QueryConfig config);

}  // namespace tcps::node
