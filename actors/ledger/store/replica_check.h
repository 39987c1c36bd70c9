// Rechecks a whole replica from its stored bytes, starting from a head that the caller trusts: the chain
// (chain.h), each entry's summary, the tiles of the tree and the stored checkpoints. In two halves, as chain
// verification is: judge_range() for any entries and at any time, ReplicaCheck in order. Indexes are checked
// by index_check.h.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/ledger/chain/chain_verifier.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/tlog/tile.h"

namespace tcps::ledger {

struct JudgedRow {
  JudgedEntry entry;
  Status summary;  // what is wrong with the summary
};

struct JudgedRange {
  std::vector<JudgedRow> rows;
  Status read;  // what went wrong while the entries were read; the rows then end before it
};

// Entries [from, to), which the store has. From any thread.
JudgedRange judge_range(LedgerStore& store, const LineName& line, uint64_t from, uint64_t to,
                        const KnownKeys& keys);

// The keys that a log's genesis names, to judge the first entries by. Errors: corrupt, those of the store.
Result<std::shared_ptr<const KnownKeys>> genesis_keys(LedgerStore& store);
// The line that a log is of, as its genesis says. Errors: corrupt, those of the store.
Result<LineName> line_of(LedgerStore& store);

class ReplicaCheck {
 public:
  // The store outlives the object.
  ReplicaCheck(LedgerStore& store, const LineName& line, const TrustedHead& head, ChainHandler handler);

  // False when something is wrong; the report then names it.
  bool take(const JudgedRow& row);
  // After the last entry.
  ChainReport finish();

  const std::shared_ptr<const KnownKeys>& known_keys() const { return chain_.known_keys(); }
  uint64_t size() const { return chain_.size(); }
  uint64_t tiles() const { return tiles_; }
  uint64_t checkpoints() const { return checkpoints_; }

 private:
  bool found(uint64_t index, const Status& status);
  Status check_filled_tiles();
  Status check_tile(const tlog::TileWriter::Tile& tile);
  Status check_end();
  Status check_checkpoints();
  Status check_checkpoint(const tlog::SignedCheckpoint& checkpoint) const;
  Result<const tlog::SignedCheckpoint*> next_checkpoint();

  LedgerStore& store_;
  LineName line_;
  LogVerifier chain_;
  tlog::TileWriter tree_;
  std::map<uint32_t, tlog::TileWriter::Tile> partial_;  // by level
  std::deque<tlog::SignedCheckpoint> pending_;          // stored ones, of the sizes to come
  bool all_read_ = false;
  uint64_t last_checkpoint_size_ = 0;
  uint64_t tiles_ = 0, checkpoints_ = 0;
};

}  // namespace tcps::ledger
