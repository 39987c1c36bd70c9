// The actor of the supervisor role: raises the calls that failures and forgeries are due, escalates them,
// puts silent cards back, ejects silent replicas, keeps the stream short and has artifacts swept.
//
// Messages accepted:  line::FoldMoved; internal: ticks.
// Sends:              line::Watch. Publishes role claims, calls, escalations and put-back cards.
// Errors:             what was not published is due again at the next tick.
// Mailbox:            bounded by the fold's batches. Timers: a tick every quarter second. Restart: knows
//                     nothing, looks at the fold.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <functional>

#include "actors/supervisor/planner_actor.h"
#include "actors/supervisor/supervision.h"

namespace tcps::supervisor {

struct SupervisorConfig {
  RoleConfig role;
  SupervisionConfig rules;
  // The exact bytes of the ledger's message with this payload digest. May block: called on the executor.
  std::function<Result<Bytes>(const Digest& payload)> find_bytes;
  std::chrono::milliseconds trim_interval{30'000};
  std::chrono::milliseconds replica_silence_max{600'000};
  std::function<void()>
      sweep_artifacts;  // begins a sweep by the retention policy and returns at once; empty: nobody sweeps
  std::chrono::milliseconds sweep_interval{3'600'000};
};

line::Watcher spawn_supervisor(caf::actor_system& system, SupervisorConfig config);

}  // namespace tcps::supervisor
