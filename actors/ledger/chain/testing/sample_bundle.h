// Checkpoints and bundles of a sample log. For tests only.
#pragma once

#include "actors/ledger/chain/bundle.h"
#include "actors/ledger/chain/testing/sample_log.h"
#include "actors/ledger/tlog/testing/naive_merkle.h"

namespace tcps::ledger {

inline tlog::naive::Leaves leaves_of(const SampleLog& log) {
  tlog::naive::Leaves leaves;
  for (const SampleEntry& entry : log.entries) leaves.push_back(tlog::leaf_hash(entry.envelope));
  return leaves;
}

inline tlog::Checkpoint head_of(const SampleLog& log) {
  const auto leaves = leaves_of(log);
  const Digest genesis = log.entries.front().message.payload_digest;
  return {tlog::checkpoint_origin(log.line, genesis), leaves.size(), tlog::naive::root_of(leaves), {}};
}

// As the log's replica is known to auditors.
inline tlog::NoteKey replica_key(SampleLog& log) {
  return *tlog::NoteKey::make(head_of(log).origin, tlog::NoteKeyType::ed25519, log.replica.public_key());
}

inline tlog::SignedCheckpoint signed_head_of(SampleLog& log) {
  return *tlog::sign_checkpoint(head_of(log), replica_key(log), log.replica);
}

// Of the log's newest checkpoint, with everything about the work order, all evidence and all answers to
// calls; from the tree of `continues` on when that is not 0.
inline Bundle bundle_of(SampleLog& log, const std::string& work_order, uint64_t continues = 0) {
  auto leaves = leaves_of(log);
  tlog::naive::LeafReader nodes(leaves);
  Bundle bundle{log.line, work_order, "done", signed_head_of(log), {replica_key(log)}, {}, {}};
  for (uint64_t index = 0; index < leaves.size(); ++index) {
    const SampleEntry& entry = log.entries[index];
    const MessageKind kind = kind_of(entry.message.predicate);
    const bool related = kind == MessageKind::key_added || kind == MessageKind::key_revoked ||
                         kind == MessageKind::evidence || kind == MessageKind::andon_resolved;
    if (index != 0 && !related && entry.work_order != work_order) continue;
    bundle.entries.push_back({index, entry.envelope, *tlog::inclusion_proof(index, leaves.size(), nodes)});
  }
  if (continues > 0) {
    const tlog::naive::Leaves older(leaves.begin(), leaves.begin() + static_cast<ptrdiff_t>(continues));
    bundle.continuation = {continues, tlog::naive::root_of(older),
                           *tlog::consistency_proof(continues, leaves.size(), nodes)};
  }
  return bundle;
}

}  // namespace tcps::ledger
