// What a replica says of itself when another one asks: how far its log reaches, whether it is halted because
// the bus lost messages, and the newest certificate it keeps. Signed, for those who count majorities by it.
//
// On the bus: JSON {"node", "state": a note on its head with extension lines for the rest, signed by the
// node's cosigner key, "certificate": a note or "", "waits_for"}. The asker's nonce is among the lines: an
// old answer proves nothing.
#pragma once

#include <optional>

#include "actors/ledger/certification/certification.h"
#include "actors/ledger/store/ledger_store.h"

namespace tcps::ledger {

struct ReplicaState {
  std::string node;
  SizedRoot head;
  Position next;  // to follow the stream from
  bool halted = false;
  std::string waits_for;  // while it is halted: why, and for what, for people; not signed
  std::optional<tlog::SignedCheckpoint> certificate;
};

struct SignedReplicaState {
  ReplicaState state;
  tlog::SignedCheckpoint note;
  bool signed_by(const std::vector<PublicKey>& keys) const;
};

// Of the store as it is. Errors: those of the store.
Result<ReplicaState> replica_state(LedgerStore& store, const std::string& node, bool halted);

// Errors: unavailable (signer), invalid (the node's name is none for a key).
Result<Bytes> encode_replica_state(const ReplicaState& state, const std::string& origin,
                                   const std::string& nonce, uint64_t unix_s, Signer& signer);
// Form, and that it answers this nonce. Errors: invalid.
Result<SignedReplicaState> decode_replica_state(BytesView bytes, const std::string& nonce);

}  // namespace tcps::ledger
