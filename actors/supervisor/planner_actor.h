// The actor of the planner role: releases work orders from the backlog, in Heijunka's order, as slots become
// free.
//
// Messages accepted:  line::FoldMoved; internal: sealed releases, answers of the bus, ticks.
// Sends:              line::Watch. Publishes role claims, plan receipts and dispatches.
// Errors:             a refused or lost publish is planned again from what the fold shows.
// Mailbox:            bounded by the fold's batches. Timers: one tick a second. Restart: knows nothing, plans
//                     from the fold.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/line/following/line_messages.h"
#include "actors/line/following/peers.h"
#include "actors/line/following/shared_line.h"
#include "actors/runtime/clock.h"
#include "actors/runtime/executor.h"
#include "actors/stages/standard_work/standard_work_cache.h"
#include "bus/bus.h"
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
  std::shared_ptr<line::Peers> peers;
  std::shared_ptr<stages::StandardWorkCache> standard_works;
  // false: the stream is more than half full, nothing new is released
  std::shared_ptr<std::atomic<bool>> stream_has_room;
  line::LineActor line_actor;
};

line::Watcher spawn_planner(caf::actor_system& system, RoleConfig config);

}  // namespace tcps::supervisor
