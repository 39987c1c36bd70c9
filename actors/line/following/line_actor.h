// The actor that follows a line's stream, runs the fold and tells the node what changed.
//
// Messages accepted:  Watch, Unwatch, AskVerdict; Appended and Certified (from the replica actor alone);
//                     internal: decoded batches.
// Sends:              FoldMoved to each watcher whom a folded batch concerns; Certified to those who asked
//                     for it; VerdictAnswer; AppendGroup to the replica actor.
// Errors:             a stream that contradicts the ledger (another genesis, a position gone) ends the actor
//                     with its reason.
// Mailbox:            bounded by the decode pipeline. Timers: none.
// Restart:            loads the fold from the ledger and follows on from there; nothing is lost, watchers are
//                     told the whole state moved.
#pragma once

#include <caf/actor_system.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/line/following/line_messages.h"
#include "actors/line/following/shared_line.h"
#include "actors/line/following/signature_memo.h"
#include "actors/runtime/clock.h"
#include "actors/runtime/executor.h"
#include "bus/bus.h"

namespace tcps::line {

struct LineActorConfig {
  bus::Bus* bus = nullptr;
  Executor* executor = nullptr;
  std::shared_ptr<SharedLine> line;
  std::shared_ptr<SignatureMemo> memo;
  std::string stream;
  uint64_t follow_from = 1;
  uint64_t snapshot_every = 20'000;  // positions
  ReplicaActor replica;
};

LineActor spawn_line(caf::actor_system& system, LineActorConfig config);

}  // namespace tcps::line
