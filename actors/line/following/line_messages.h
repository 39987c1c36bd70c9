// What the line actor, the replica actor and those who watch the line tell each other, and their handles: each
// names what any of its holders may send (docs/adr/0035-typed-handles.md).
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/line/fold/line_state.h"

namespace tcps::line {

// What became of one message of the stream.
struct FoldedMessage {
  uint64_t position = 0;
  bool admitted = false;
  bool forged = false;
  std::string reason;  // of a refusal
  std::string subject;
  Digest payload;  // payload digest; of the bytes, when they could not be decoded
  Bytes envelope;  // admitted only: the leaf
  uint64_t size_bytes = 0;
  std::string bucket;                          // of the work order concerned, where there is one
  std::shared_ptr<const LineMessage> message;  // null when it could not be decoded
};

struct FoldBatch {
  uint64_t position = 0;  // of the fold, after this batch
  std::vector<FoldedMessage> messages;
  std::vector<Change> changes;
};
using FoldBatchPtr = std::shared_ptr<const FoldBatch>;

struct FoldMoved {
  FoldBatchPtr batch;
};
// A certified checkpoint covers all up to here.
struct Certified {
  uint64_t position = 0;
};

using Watcher = caf::typed_actor<caf::reacts_to<FoldMoved>>;
using CertificateWatcher = caf::typed_actor<caf::reacts_to<Certified>>;

// Whether a batch concerns a watcher; null: every batch does. Called by the line actor: short, and without
// locks.
using Interest = std::function<bool(const FoldBatch&)>;

struct Watch {
  Watcher watcher;
  Interest interest;
  CertificateWatcher of_certificates = {};  // told of Certified too; null: nobody
};
struct Unwatch {
  Watcher watcher;
};

struct VerdictAnswer {
  uint64_t token = 0;
  bool admitted = false;
  std::string reason;
};

using VerdictAsker = caf::typed_actor<caf::reacts_to<VerdictAnswer>>;

// Asks what became of the message at a sequence. Answered when the fold has reached it and the ledger has
// synced it.
struct AskVerdict {
  uint64_t sequence = 0;
  uint64_t token = 0;  // given back in the answer
  VerdictAsker asker;
};

struct Appended {
  uint64_t position = 0;
};

// Follows the line's stream and runs the fold (line_actor.h).
using LineActor = caf::typed_actor<caf::reacts_to<Watch>, caf::reacts_to<Unwatch>, caf::reacts_to<AskVerdict>,
                                   caf::reacts_to<Appended>, caf::reacts_to<Certified>>;

// From the line actor: one group at a time, the next one gathers while the disk syncs.
struct AppendGroup {
  std::shared_ptr<const std::vector<FoldedMessage>> messages;
  uint64_t position = 0;  // all up to here is in the group or in one before
  Bytes snapshot;         // of the fold at `position`; empty: none this time
  LineActor line;
};
// A card at that position waits for a checkpoint: make one when it is synced, and tell the line actor.
struct CertificateWanted {
  LineActor line;
  uint64_t position = 0;
};

// Keeps the line's ledger on this node (actors/ledger/replication/replica_actor.h).
using ReplicaActor = caf::typed_actor<caf::reacts_to<AppendGroup>, caf::reacts_to<CertificateWanted>>;

}  // namespace tcps::line

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::Watch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::Unwatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::FoldMoved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::AskVerdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::VerdictAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::AppendGroup)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::Appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::Certified)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::CertificateWanted)
