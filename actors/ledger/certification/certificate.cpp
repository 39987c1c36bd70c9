#include "actors/ledger/certification/certificate.h"

#include <algorithm>

namespace tcps::ledger {
namespace {

bool carries_word_of(const tlog::SignedCheckpoint& checkpoint, const std::string& node,
                     const std::vector<PublicKey>& keys) {
  const std::string& origin = checkpoint.checkpoint.origin;
  return std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
    const auto proposer = proposer_key(origin, key);
    if (proposer && tlog::verify_note(checkpoint.note, *proposer)) return true;
    const auto cosigner = cosigner_key(origin, node, key);
    return cosigner && tlog::cosigned_at(checkpoint.note, *cosigner).has_value();
  });
}

}  // namespace

Result<tlog::NoteKey> proposer_key(const std::string& origin, const PublicKey& key) {
  return tlog::NoteKey::make(origin, tlog::NoteKeyType::ed25519, key);
}

Result<tlog::NoteKey> cosigner_key(const std::string& origin, const std::string& node, const PublicKey& key) {
  return tlog::NoteKey::make(origin + "/" + node, tlog::NoteKeyType::cosignature, key);
}

std::set<std::string> signers_of(const tlog::SignedCheckpoint& checkpoint, const ReplicaSet& replicas) {
  std::set<std::string> signers;
  for (const auto& [node, keys] : replicas) {
    if (carries_word_of(checkpoint, node, keys)) signers.insert(node);
  }
  return signers;
}

bool is_certified(const tlog::SignedCheckpoint& checkpoint, const ReplicaSet& replicas) {
  return !replicas.empty() && signers_of(checkpoint, replicas).size() >= majority(replicas.size());
}

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
    if (changed->change() == "added") nodes_.insert(changed->node());
    if (changed->change() == "ejected") nodes_.erase(changed->node());
  }
}

bool ReplicaRegister::add(const proto::PublicKeyEntry& entry) {
  const bool replica =
      std::find(entry.roles().begin(), entry.roles().end(), "replica") != entry.roles().end();
  auto key = PublicKey::from_base64(entry.public_key());
  if (!replica || !key) return false;
  add_key(entry.key_id(), entry.owner(), std::move(*key));
  return true;
}

void ReplicaRegister::add_key(const std::string& key_id, const std::string& owner, PublicKey key) {
  ++changes_;
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

}  // namespace tcps::ledger
