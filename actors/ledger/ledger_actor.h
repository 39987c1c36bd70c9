// The actor of a replica: writes what the fold admitted to the store, in synced groups, and signs
// checkpoints.
//
// Messages accepted:  line::AppendGroup (answered by line::Appended once it is durable),
// line::CertificateWanted; internal: ticks. Sends:              line::Appended, line::Certified to the
// line actor; the checkpoint on core NATS. Errors:             any error of the store ends the actor: a
// replica that cannot write stops rather than run on without evidence. Mailbox:            one group at a
// time (the line actor waits for Appended). Timers: the checkpoint interval. Threads:            spawn it
// detached: it waits for the disk. Restart:            opens nothing; the store outlives it. The line actor,
// linked to it, restarts with it.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <memory>

#include "actors/ledger/ledger_store.h"
#include "actors/line/line_actor.h"

namespace tcps::ledger {

struct LedgerActorConfig {
  std::shared_ptr<LedgerStore> store;
  bus::Bus* bus = nullptr;
  LineName line;
  Signer* signer = nullptr;
  uint32_t epoch = 1;
  std::chrono::milliseconds checkpoint_interval{1'000};
};

caf::actor spawn_ledger(caf::actor_system& system, LedgerActorConfig config);

// The key that verifies a line's checkpoints, as auditors pin it: its name is the log's origin.
Result<merkle::NoteKey> checkpoint_key(const LineName& line, const Digest& genesis, const PublicKey& key);

}  // namespace tcps::ledger
