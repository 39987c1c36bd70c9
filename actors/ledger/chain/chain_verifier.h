// Chain verification in two halves, so that many entries can be judged at once: what an entry shows by itself
// (form, digests, its signature by the key that it names), and what depends on all entries before it (place,
// keys in force, order of work, root). chain.h puts them together for sources that are read in order.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/ledger/chain/chain.h"
#include "actors/ledger/chain/chain_keys.h"
#include "actors/ledger/chain/chain_work_orders.h"
#include "actors/ledger/chain/stored_entry.h"
#include "actors/ledger/tlog/merkle.h"
#include "messages/line_message.h"

namespace tcps::ledger {

// Public keys by id. A key id is a digest of its key, so a signature may be checked before it is known
// whether the key counts.
using KnownKeys = std::map<std::string, PublicKey>;

struct JudgedEntry {
  uint64_t index = 0;
  std::pair<uint32_t, uint64_t> position;  // epoch and sequence
  Status alone;                            // what is wrong with the stored bytes, the digest or the subject
  // Nothing when it cannot be read; without stage fields, and without payload when the signature was judged.
  std::optional<LineMessage> message;
  Digest leaf;                         // hash of the leaf
  EntryLabel label;                    // as the message says
  std::optional<bool> signature_good;  // nothing when the key was not known
};

// Errors are kept in the entry. Any number of entries may be judged at a time.
JudgedEntry judge_alone(const LineName& line, const StoredEntry& stored, const KnownKeys& keys);

// Takes entries in order.
class ChainVerifier {
 public:
  ChainVerifier(const LineName& line, bool whole_log) : line_(line), work_orders_(whole_log) {}

  // Errors: what is wrong with the entry.
  Status take(const JudgedEntry& entry);

  // Every key that was added so far, in force or not. A new object when it has changed.
  const std::shared_ptr<const KnownKeys>& known_keys() const { return known_; }
  const Digest& genesis() const { return genesis_; }
  const ChainReport& report() const { return report_; }
  // Something is wrong, with an entry or beyond them. The first fault stays.
  void refuse(ChainFault fault);
  // The entries that were taken are those of a tree head.
  void cover(uint64_t size, const Digest& root);
  // Hands over or reports the work orders that are closed so far.
  void collect_closed(const ChainHandler& handler);
  // Hands over or reports the work orders that are left, and gives the report away.
  ChainReport finish(const ChainHandler& handler);

 private:
  Status check_place(const JudgedEntry& entry);
  Status check_genesis(const JudgedEntry& entry, const proto::Genesis& genesis);
  Result<const ChainKey*> check_signature(const JudgedEntry& entry) const;
  Status change_keys(const Predicate& predicate, const ChainKey& signer);
  Status add_key(const proto::PublicKeyEntry& entry);

  LineName line_;
  Digest genesis_;
  std::string genesis_text_;
  std::pair<uint32_t, uint64_t> position_;
  ChainKeys keys_;
  std::shared_ptr<const KnownKeys> known_ = std::make_shared<KnownKeys>();
  ChainWorkOrders work_orders_;
  ChainReport report_;
};

// Checks a whole log, entry by entry: what verify_log() does with a source.
class LogVerifier {
 public:
  LogVerifier(const LineName& line, const TrustedHead& head, ChainHandler handler);

  // False when the log is found wrong; the report then names the fault. `label` is asked when the message
  // does not say what it is about.
  bool take(const JudgedEntry& entry, const std::function<EntryLabel(uint64_t)>& label);
  // Something beyond the chain is wrong. The first fault stays.
  void refuse(ChainFault fault);
  // After the last entry.
  ChainReport finish();

  const std::shared_ptr<const KnownKeys>& known_keys() const { return verifier_.known_keys(); }
  const Digest& genesis() const { return verifier_.genesis(); }
  uint64_t size() const { return tree_.size(); }
  Digest root() const { return tree_.root(); }
  bool passed() const { return verifier_.report().passed(); }

 private:
  bool check_root();

  TrustedHead head_;
  ChainHandler handler_;
  ChainVerifier verifier_;
  tlog::CompactRange tree_;
};

}  // namespace tcps::ledger
