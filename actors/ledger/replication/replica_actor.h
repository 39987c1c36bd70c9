// The actor of a replica: writes what the fold admitted to the store, in synced groups, and takes part in
// certifying checkpoints (certification.h).
//
// Messages accepted:  line::AppendGroup (answered by line::Appended once it is durable),
// line::CertificateWanted; internal: notes of other replicas, ticks.
// Sends:              line::Appended, line::Certified to the line actor; proposals, cosignatures and
// certificates on core NATS; a call to the line's stream when logs diverge.
// Errors:             any error of the store ends the actor: a replica that cannot write stops rather than
// run on without evidence.
// Mailbox:            one group at a time (the line actor waits for Appended); of other replicas' notes a
// bounded number waits, the rest is dropped and sent again by them.
// Timers:             the checkpoint interval.
// Threads:            spawn it detached: it waits for the disk.
// Restart:            opens nothing; the store outlives it. The line actor, linked to it, restarts with it.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <memory>

#include "actors/ledger/store/ledger_store.h"
#include "actors/line/following/line_messages.h"
#include "actors/line/following/shared_line.h"
#include "actors/runtime/clock.h"
#include "bus/bus.h"

namespace tcps::ledger {

struct ReplicaActorConfig {
  std::shared_ptr<LedgerStore> store;
  std::string folder;  // of the store: the replica's last word is kept there
  bus::Bus* bus = nullptr;
  LineName line;
  std::string stream;
  NodeId node;
  Signer* signer = nullptr;
  const Clock* clock = nullptr;
  // where the store stands: nothing is folded before the spawning has returned
  std::shared_ptr<line::SharedLine> line_view;
  uint32_t epoch = 1;
  std::chrono::milliseconds checkpoint_interval{1'000};
};

line::ReplicaActor spawn_replica(caf::actor_system& system, ReplicaActorConfig config);

}  // namespace tcps::ledger
