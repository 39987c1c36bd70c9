// How a replica gets the log from a peer: entries in pages, each page proved to belong to one tree head, each
// entry judged by the fold with the keys of the log itself. Rules only; who asks whom is the node's business.
//
// What is believed: the pinned genesis digest, and nothing else. Every page must be consistent with the
// target's root at once; that the target is certified is judged at its end, by the replicas that the log
// names there. Of an entry's fields the tree covers the envelope; subject and digest follow from it; its
// position in the stream is the peer's word, checked to rise, and a wrong one shows when the line is
// followed.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/ledger/certification/certification.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/line/fold/line_state.h"
#include "actors/line/following/signature_memo.h"

namespace tcps::ledger {

inline constexpr size_t page_bytes_max = 768u << 10;  // below the bus's largest message

// Entries from `from` on, as many as fit a page, with the proof that they lead to the tree of the first
// `target` entries. Errors: invalid (from not below target, target not reached), and those of the store.
Result<Bytes> entry_page(LedgerStore& store, uint64_t from, uint64_t target);

// The right edge of the store's tree, to go on hashing from. Errors: those of the store.
Result<tlog::CompactRange> right_edge(LedgerStore& store);

// The replicas that the fold names, with their keys.
ReplicaRegister registered_replicas(const line::LineState& line);

// A page as a peer sent it, taken apart. What of it needs nothing of the pages before it, decoding and
// verifying, is done by many threads and ahead of time; the rest is for Rebuild::take(), in order.
class LogPage {
 public:
  static Result<LogPage> parse(BytesView page);  // Errors: corrupt (malformed, or without entries)

  size_t size() const { return entries_.size(); }
  // Decodes an entry and, when its key is among `keys`, verifies its signature for `memo`. To be done for
  // each entry once; different ones from any threads.
  void decode(size_t index, const line::KeyRing& keys, line::SignatureMemo& memo);

 private:
  friend class Rebuild;
  struct Entry {
    proto::LedgerEntry stored;
    Digest leaf;
    std::optional<Result<LineMessage>> message;
  };
  std::vector<Entry> entries_;
  std::vector<Digest> proof_;
};

class Rebuild {
 public:
  // Goes on from `state` and its tree: both empty, or those of a store that is shorter than the target.
  Rebuild(line::LineState state, tlog::CompactRange tree, SizedRoot target, std::optional<Digest> genesis);

  uint64_t next() const { return tree_.size(); }
  bool complete() const { return tree_.size() == target_.size; }

  // Checks a page that begins at next(), all of it decoded with memo(); what it returns may be appended to
  // the store. Errors: corrupt, when the page is not of the target's tree, or holds what the fold refuses:
  // drop the peer, and what was appended so far.
  Result<Group> take(LogPage page);
  // When complete. Errors: refused, when the checkpoint is not the target's or no majority of the replicas
  // that the log names vouches for it.
  Status check_certified(const tlog::SignedCheckpoint& checkpoint) const;

  const line::LineState& state() const { return state_; }
  // Signatures that were verified ahead of take(), from any thread.
  const std::shared_ptr<line::SignatureMemo>& memo() const { return memo_; }

 private:
  Result<AdmittedEntry> take_entry(LogPage::Entry entry);

  std::shared_ptr<line::SignatureMemo> memo_ = std::make_shared<line::SignatureMemo>();
  line::LineState state_;
  tlog::CompactRange tree_;
  SizedRoot target_;
  std::optional<Digest> genesis_;
};

}  // namespace tcps::ledger
