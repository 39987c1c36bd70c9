// Checkpoints and bundles of a sample log. For tests only.
#pragma once

#include "actors/ledger/bundle.h"
#include "actors/ledger/naive_merkle.h"
#include "actors/ledger/sample_log.h"

namespace tcps::ledger {

inline merkle::naive::Leaves leaves_of(const SampleLog& log) {
  merkle::naive::Leaves leaves;
  for (const AdmittedEntry& entry : log.group.admitted) leaves.push_back(merkle::leaf_hash(entry.envelope));
  return leaves;
}

inline merkle::Checkpoint head_of(const SampleLog& log) {
  const auto leaves = leaves_of(log);
  const Digest genesis = log.group.admitted.front().keys.payload_digest;
  return {merkle::checkpoint_origin(log.line, genesis), leaves.size(), merkle::naive::root_of(leaves), {}};
}

// As the log's replica is known to auditors.
inline merkle::NoteKey replica_key(SampleLog& log) {
  return *merkle::NoteKey::make(head_of(log).origin, merkle::NoteKeyType::ed25519, log.replica.public_key());
}

inline merkle::SignedCheckpoint signed_head_of(SampleLog& log) {
  return *merkle::sign_checkpoint(head_of(log), replica_key(log), log.replica);
}

// Of the log's newest checkpoint, with everything about the work order, all evidence and all answers to
// calls; from the tree of `continues` on when that is not 0.
inline Bundle bundle_of(SampleLog& log, const std::string& work_order, uint64_t continues = 0) {
  auto leaves = leaves_of(log);
  merkle::naive::LeafReader nodes(leaves);
  Bundle bundle{log.line, work_order, "done", signed_head_of(log), {replica_key(log)}, {}, {}};
  for (uint64_t index = 0; index < leaves.size(); ++index) {
    const AdmittedEntry& entry = log.group.admitted[index];
    const std::string& kind = entry.keys.kind;
    const bool related =
        kind == "key-added" || kind == "key-revoked" || kind == "evidence" || kind == "andon-resolved";
    if (index != 0 && !related && entry.keys.work_order != work_order) continue;
    bundle.entries.push_back({index, entry.envelope, *merkle::inclusion_proof(index, leaves.size(), nodes)});
  }
  if (continues > 0) {
    const merkle::naive::Leaves older(leaves.begin(), leaves.begin() + static_cast<ptrdiff_t>(continues));
    bundle.continuation = {continues, merkle::naive::root_of(older),
                           *merkle::consistency_proof(continues, leaves.size(), nodes)};
  }
  return bundle;
}

}  // namespace tcps::ledger
