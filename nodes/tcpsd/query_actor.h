// The query service of a node: answers tcps.<line>.ledger.<query> as a member of a queue group.
//
// Messages accepted:  internal: verdict requests; line::VerdictAnswer. All other queries run on the executor and touch no actor.
// Errors:             are answers: {"error": {"code", "message"}}.
// Mailbox:            at most `waiting_max` queries are under way; more are refused at once. Restart: askers time out and ask again.
#pragma once

#include <caf/actor.hpp>
#include <caf/stateful_actor.hpp>
#include <memory>

#include "actors/ledger/ledger_queries.h"
#include "actors/line/line_actor.h"

namespace tcps::node {

struct QueryConfig {
  bus::Bus* bus = nullptr;
  std::shared_ptr<Executor> executor;  // of its own: a long scan must not hold up stations
  std::shared_ptr<ledger::LedgerQueries> queries;
  LineName line;
  caf::actor line_actor;
  size_t waiting_max = 256;
};

caf::behavior query_actor(caf::stateful_actor<struct QueryState>* self, QueryConfig config);

}  // namespace tcps::node
