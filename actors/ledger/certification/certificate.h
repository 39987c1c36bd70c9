// What makes a checkpoint certified: the word of a majority of the replicas that the log itself registers at
// that size. The proposer's word is its signature (type 1, by the log's origin), another replica's is its
// cosignature (type 4, by "<origin>/<node>"). Pure rules, for replicas and auditors alike.
#pragma once

#include <set>
#include <string>

#include "actors/ledger/chain/replica_register.h"
#include "actors/ledger/tlog/checkpoint.h"

namespace tcps::ledger {

// More than half of so many.
constexpr size_t majority(size_t replicas) { return replicas / 2 + 1; }

// The key that verifies what a proposer signed, as auditors pin it. Errors: invalid.
Result<tlog::NoteKey> proposer_key(const std::string& origin, const PublicKey& key);
Result<tlog::NoteKey> cosigner_key(const std::string& origin, const std::string& node, const PublicKey& key);

// The replicas of the set whose good word the note carries, and no others.
std::set<std::string> signers_of(const tlog::SignedCheckpoint& checkpoint, const ReplicaSet& replicas);
// False also for an empty set: nobody's word is no majority.
bool is_certified(const tlog::SignedCheckpoint& checkpoint, const ReplicaSet& replicas);

}  // namespace tcps::ledger
