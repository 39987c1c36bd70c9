#include "actors/ledger/chain/replica_register.h"

#include "messages/vocabulary.h"

namespace tcps::ledger {

void ReplicaRegister::apply(const Predicate& admitted) {
  if (const auto* genesis = std::get_if<proto::Genesis>(&admitted)) {
    for (const auto& entry : genesis->keys()) {
      if (add(entry)) nodes_.insert(entry.owner());  // a genesis registers the replicas that it names
    }
  } else if (const auto* added = std::get_if<proto::KeyAdded>(&admitted)) {
    add(added->key());
  } else if (const auto* revoked = std::get_if<proto::KeyRevoked>(&admitted)) {
    changes_ += keys_.erase(revoked->key_id());
  } else if (const auto* changed = std::get_if<proto::ReplicaChanged>(&admitted)) {
    ++changes_;
    const auto change = replica_change_of(*changed);
    if (change == ReplicaChange::added) nodes_.insert(changed->node());
    if (change == ReplicaChange::ejected) nodes_.erase(changed->node());
  }
}

bool ReplicaRegister::add(const proto::PublicKeyEntry& entry) {
  auto key = PublicKey::from_base64(entry.public_key());
  if (!has_role(entry, Role::replica) || !key) return false;
  add_key(entry.key_id(), entry.owner(), std::move(*key));
  return true;
}

void ReplicaRegister::add_key(const std::string& key_id, const std::string& owner, PublicKey key) {
  ++changes_;
  named_.push_back(key);
  keys_[key_id] = {owner, std::move(key)};
}

ReplicaSet ReplicaRegister::set() const {
  ReplicaSet replicas;
  for (const std::string& node : nodes_) replicas[node];
  for (const auto& [id, key] : keys_) {
    if (const auto found = replicas.find(key.owner); found != replicas.end())
      found->second.push_back(key.key);
  }
  return replicas;
}

std::vector<PublicKey> ReplicaRegister::keys_in_force() const {
  std::vector<PublicKey> keys;
  for (const auto& [id, key] : keys_) keys.push_back(key.key);
  return keys;
}

}  // namespace tcps::ledger
