// Whose word on a checkpoint counts, as the log itself names them: the replicas and their keys. One reading for
// those who certify, who export or verify a bundle, and who answer questions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "messages/keys.h"
#include "messages/line_message.h"

namespace tcps::ledger {

// The keys in force that each registered replica's word may be signed by: node -> keys.
using ReplicaSet = std::map<std::string, std::vector<PublicKey>>;

// Apply every entry in order, ask at the size of the checkpoint.
class ReplicaRegister {
 public:
  void apply(const Predicate& admitted);
  void add_key(const std::string& key_id, const std::string& owner, PublicKey key);  // with the role replica
  void add_replica(std::string node) { nodes_.insert(std::move(node)); }

  ReplicaSet set() const;
  std::vector<PublicKey> keys_in_force() const;  // of nodes that are not registered, too
  // Ever named, revoked ones too, in the order of the log: what an older checkpoint may be signed by.
  const std::vector<PublicKey>& keys_named() const { return named_; }
  uint64_t changes() const { return changes_; }  // rises whenever set() may answer otherwise than before

 private:
  bool add(const proto::PublicKeyEntry& entry);  // whether it is a replica's key

  struct OwnedKey {
    std::string owner;
    PublicKey key;
  };
  std::map<std::string, OwnedKey> keys_;  // by id
  std::vector<PublicKey> named_;
  std::set<std::string> nodes_;
  uint64_t changes_ = 0;
};

}  // namespace tcps::ledger
