// Numbered entries with something to find each by, unsigned: for tests of what keeps them.
#pragma once

#include <string>

#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/tlog/testing/naive_merkle.h"

namespace tcps::ledger {

inline AdmittedEntry entry_at(uint64_t number, size_t envelope_bytes = 0) {
  AdmittedEntry entry;
  entry.position = {1, number + 1};
  entry.subject = "tcps.line.event.evidence.-";
  entry.envelope = "envelope " + std::to_string(number);
  while (entry.envelope.size() < envelope_bytes) entry.envelope += Digest::of(entry.envelope).hex();
  entry.facets.kind = MessageKind::receipt;
  entry.facets.work_order = "wo-" + std::to_string(number % 7);
  entry.facets.stage = to_string(all_stages[number % 10]);
  entry.facets.status = number % 5 == 0 ? "failed" : "completed";
  entry.facets.failure_mode = number % 5 == 0 ? "F3.1" : "";
  entry.facets.sku = "transport";
  entry.facets.bucket = number % 2 == 0 ? "security" : "debt";
  entry.facets.node = "node-" + std::to_string(number % 3);
  entry.facets.actor = Digest::of("actor" + std::to_string(number % 3));
  entry.facets.time_ms = static_cast<int64_t>(300 * number);  // several a second
  entry.facets.payload_digest = Digest::of("payload" + std::to_string(number));
  entry.facets.predecessor = number == 0 ? Digest{} : Digest::of("payload" + std::to_string(number - 1));
  entry.facets.artifacts = {Digest::of("artifact" + std::to_string(number % 4)),
                            Digest::of("file" + std::to_string(number))};
  return entry;
}

inline Group group_of(uint64_t from, uint64_t to, size_t envelope_bytes = 0) {
  Group group;
  for (uint64_t i = from; i < to; ++i) group.admitted.push_back(entry_at(i, envelope_bytes));
  group.next = {1, to + 1};
  return group;
}

inline tlog::naive::Leaves leaves_of(uint64_t count, size_t envelope_bytes = 0) {
  tlog::naive::Leaves leaves;
  for (uint64_t i = 0; i < count; ++i)
    leaves.push_back(tlog::leaf_hash(entry_at(i, envelope_bytes).envelope));
  return leaves;
}

// A checkpoint of the log that begins with entry_at(0).
inline tlog::SignedCheckpoint checkpoint_of(uint64_t size, const Digest& root, PrivateKey& key) {
  const auto origin = tlog::checkpoint_origin(LineName::literal("line"), entry_at(0).facets.payload_digest);
  const auto note_key = *tlog::NoteKey::make("node-1", tlog::NoteKeyType::ed25519, key.public_key());
  return *tlog::sign_checkpoint({origin, size, root, {}}, note_key, key);
}

}  // namespace tcps::ledger
