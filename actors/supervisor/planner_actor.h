// The actor of the planner role: releases work orders from the backlog, in Heijunka's order, as slots become free.
//
// Messages accepted:  line::FoldMoved; internal: sealed releases, answers of the bus, ticks.
// Sends:              line::Watch. Publishes role claims, plan receipts and dispatches.
// Errors:             a refused or lost publish is planned again from what the fold shows.
// Mailbox:            bounded by the fold's batches. Timers: one tick a second. Restart: knows nothing, plans from the fold.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/line/line_actor.h"
#include "actors/station/standard_work_cache.h"
#include "actors/supervisor/peers.h"
#include "messages/keys.h"

namespace tcps::supervisor {

// What both roles' actors are given.
struct RoleConfig {
  bus::Bus* bus = nullptr;
  Executor* executor = nullptr;
  std::shared_ptr<line::SharedLine> line_view;
  LineName line;
  std::string stream;
  NodeId node;
  Signer* signer = nullptr;
  const Clock* clock = nullptr;
  std::shared_ptr<Peers> peers;
  std::shared_ptr<station::StandardWorkCache> standard_works;
  std::shared_ptr<std::atomic<bool>> stream_has_room;  // false: the stream is more than half full, nothing new is released
  caf::actor line_actor;
};

caf::actor spawn_planner(caf::actor_system& system, RoleConfig config);

}  // namespace tcps::supervisor
