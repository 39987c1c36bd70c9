// The offline bundle: one work order's receipts with all that a stranger needs to check them, in one file.
// docs/formats/bundle.md gives the form. Pure rules, linked by the independent verifier.
//
// A bundle holds only what can be proven from what the reader pinned elsewhere: the genesis, every change of
// keys and the entries about the work order, as the exact envelopes that were signed, each with its inclusion
// proof to one checkpoint. Positions in the stream are not covered by the log's tree and are left out. It has
// one spelling only (canonical JSON), so that every changed byte is a changed meaning.
//
// That no entry about the work order was left out, a bundle cannot show: the whole log does (verify_log()).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/chain/chain.h"
#include "actors/ledger/tlog/checkpoint.h"
#include "actors/ledger/tlog/note.h"
#include "messages/digest.h"
#include "messages/ids.h"
#include "messages/line_message.h"
#include "messages/result.h"

namespace tcps::ledger {

inline constexpr size_t bundle_bytes_max = 64u << 20;
inline constexpr size_t bundle_entries_max = 10'000;

struct BundleEntry {
  uint64_t index = 0;
  Bytes envelope;             // the leaf
  std::vector<Digest> proof;  // inclusion in the checkpoint's tree
};

// That the checkpoint's tree continues an older one which the reader may have pinned.
struct BundleContinuation {
  uint64_t size = 0;
  Digest root;
  std::vector<Digest> proof;
};

struct Bundle {
  LineName line;
  std::string work_order;
  std::string state;  // as to_string(ChainState): what the entries add up to
  tlog::SignedCheckpoint checkpoint;
  std::vector<tlog::NoteKey> keys;   // of the checkpoint's signatures, in their order
  std::vector<BundleEntry> entries;  // indexes rise
  std::optional<BundleContinuation> continuation;

  Bytes encode() const;  // canonical JSON and a newline
  // Reads exactly what encode() writes. Errors: invalid.
  static Result<Bundle> decode(BytesView bytes);
};

// What the reader knows from elsewhere. Nothing pinned: nothing is trusted, and the verdict says so.
struct BundlePins {
  std::vector<tlog::NoteKey> keys;  // of the line's replicas or of witnesses
  size_t keys_needed = 0;           // so many of them must have signed; 0: all
  std::optional<Digest> genesis;    // payload digest of entry 0
  std::optional<tlog::Checkpoint> checkpoint;

  bool empty() const { return keys.empty() && !genesis && !checkpoint; }
};

struct BundleMessage {
  uint64_t index = 0;
  LineMessage message;
};

struct BundleReport {
  std::string origin;
  Digest genesis;
  tlog::Checkpoint checkpoint;
  size_t replicas = 0;   // keys of replicas in force, as the log names them
  size_t signed_by = 0;  // of these, that signed the checkpoint
  ChainReport chain;     // of the one work order
  std::vector<BundleMessage> messages;
  std::vector<std::string> checked;  // sentences, in order
  std::optional<std::string> fault;  // the first thing wrong
  bool pinned = false;

  bool passed() const { return pinned && !fault; }
  std::string_view verdict() const { return fault ? "FAIL" : pinned ? "PASS" : "UNPINNED"; }
};

BundleReport verify_bundle(const Bundle& bundle, const BundlePins& pins);

nlohmann::json to_json(const BundleReport& report);

// The key of each signature on the note, in their order, out of the public keys that the log names as
// replicas'; signatures by others are taken off the note.
std::vector<tlog::NoteKey> keep_signatures_of(tlog::Note& note, const std::vector<PublicKey>& replicas);

}  // namespace tcps::ledger
