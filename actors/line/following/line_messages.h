// What the line actor, the replica actor and those who watch the line tell each other.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
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

// Whether a batch concerns a watcher; null: every batch does. Called by the line actor: short, and without
// locks.
using Interest = std::function<bool(const FoldBatch&)>;

struct Watch {
  caf::actor watcher;
  Interest interest;
  bool certificates = false;  // told of Certified too
};
struct Unwatch {
  caf::actor watcher;
};
struct FoldMoved {
  FoldBatchPtr batch;
};

// Asks what became of the message at a sequence. Answered when the fold has reached it and the ledger has
// synced it.
struct AskVerdict {
  uint64_t sequence = 0;
  uint64_t token = 0;  // given back in the answer
  caf::actor asker;
};
struct VerdictAnswer {
  uint64_t token = 0;
  bool admitted = false;
  std::string reason;
};

// To and from the replica actor: one group at a time, the next one gathers while the disk syncs.
struct AppendGroup {
  std::shared_ptr<const std::vector<FoldedMessage>> messages;
  uint64_t position = 0;  // all up to here is in the group or in one before
  Bytes snapshot;         // of the fold at `position`; empty: none this time
  caf::actor line;
};
struct Appended {
  uint64_t position = 0;
};
// a card at that position waits for a checkpoint: make one when it is synced, and tell the line actor
struct CertificateWanted {
  caf::actor line;
  uint64_t position = 0;
};
struct Certified {
  uint64_t position = 0;
};  // a certified checkpoint covers all up to here

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
