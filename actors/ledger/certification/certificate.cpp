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

}  // namespace tcps::ledger
