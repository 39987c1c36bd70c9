// What makes a checkpoint certified: the word of a majority of the replicas that the log itself registers at
// that size. The proposer's word is its signature (type 1, by the log's origin), another replica's is its
// cosignature (type 4, by "<origin>/<node>"). Pure rules, for replicas and auditors alike.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/ledger/tlog/checkpoint.h"
#include "messages/line_message.h"

namespace tcps::ledger {

// The keys in force that each registered replica's word may be signed by: node -> keys.
using ReplicaSet = std::map<std::string, std::vector<PublicKey>>;

// More than half of so many.
constexpr size_t majority(size_t replicas) { return replicas / 2 + 1; }

// The key that verifies what a proposer signed, as auditors pin it. Errors: invalid.
Result<tlog::NoteKey> proposer_key(const std::string& origin, const PublicKey& key);
Result<tlog::NoteKey> cosigner_key(const std::string& origin, const std::string& node, const PublicKey& key);

// The replicas of the set whose good word the note carries, and no others.
std::set<std::string> signers_of(const tlog::SignedCheckpoint& checkpoint, const ReplicaSet& replicas);
// False also for an empty set: nobody's word is no majority.
bool is_certified(const tlog::SignedCheckpoint& checkpoint, const ReplicaSet& replicas);

// The replica set as the log changes it: apply every entry in order, ask at the size of the checkpoint.
class ReplicaRegister {
 public:
  void apply(const Predicate& admitted);
  void add_key(const std::string& key_id, const std::string& owner, PublicKey key);  // with the role replica
  void add_replica(std::string node) { nodes_.insert(std::move(node)); }
  ReplicaSet set() const;
  uint64_t changes() const { return changes_; }  // rises whenever set() may answer otherwise than before

 private:
  bool add(const proto::PublicKeyEntry& entry);  // whether it is a replica's key

  struct Key {
    std::string owner;
    PublicKey key;
  };
  std::map<std::string, Key> keys_;  // by id
  std::set<std::string> nodes_;
  uint64_t changes_ = 0;
};

}  // namespace tcps::ledger
