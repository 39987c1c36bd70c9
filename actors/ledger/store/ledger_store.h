// A replica's copy of one line's ledger on disk: entries, the tiles of their Merkle tree, the indexes,
// checkpoints, snapshots of the fold and the position in the stream. The replica appends what the fold
// admitted, in groups; a group is durable and whole when append() has returned, or absent. The store judges
// nothing: it keeps, finds and proves.
//
// Invariants: entries are never changed or removed; the root is that of the entries' envelopes in order (RFC
// 6962); every tile, entry, checkpoint and snapshot that is read is checked first; the newest checkpoint is
// also in <data>/checkpoint, and a store that is shorter than it or has another root at its size does not
// open.
//
// Crashes: a torn end of the last, unacknowledged group is dropped on opening (dropped_torn_write() says so),
// and the replica follows the stream again from the stored position; any other damage is ErrorCode::corrupt.
//
// Errors: after any error of the disk or of stored bytes the store is stopped: every later call fails with
// that error (health()), since a wrong answer is worse than none. invalid, not_found, conflict and refused
// are the caller's and do not stop it.
//
// Threads: one thread appends and adds checkpoints; reads from any thread, at any time.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/chain/stored_entry.h"
#include "actors/ledger/store/entry_index.h"
#include "actors/ledger/store/key_value/key_value_store.h"
#include "actors/ledger/store/verified_tiles.h"
#include "actors/ledger/tlog/checkpoint.h"
#include "actors/ledger/tlog/tile.h"
#include "messages/digest.h"
#include "messages/proto/store.pb.h"
#include "messages/result.h"

namespace tcps::ledger {

inline constexpr size_t group_entries_max = 8192;
inline constexpr size_t refused_kept_max = 100'000;  // older ones are forgotten, but counted
inline constexpr size_t snapshots_kept = 2;
inline constexpr size_t page_rows_max = 1000;

// A place in the line's stream.
struct Position {
  uint32_t epoch = 0;
  uint64_t sequence = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Head {
  uint64_t size = 0;  // entries
  Digest root = tlog::empty_root();
  Position next;         // to follow the stream from
  Digest genesis;        // payload digest of entry 0
  uint64_t refused = 0;  // ever
};

struct AdmittedEntry {
  Position position;
  std::string subject;
  Bytes envelope;
  EntryFacets facets;  // facets.payload_digest is required
};

// What one append writes. Positions rise within the group and lie between the head's next and the group's.
struct Group {
  std::vector<AdmittedEntry> admitted;
  std::vector<proto::RefusedEntry> refused;
  Position next;
  std::optional<Bytes> snapshot;  // the fold's state after this group
};

struct FoldSnapshot {
  Bytes fold;
  uint64_t size = 0;
  Position next;
};

struct EntrySummary {
  uint64_t index = 0;
  EntryFacets facets;
};

// Every field that is set must match.
struct Query {
  std::string work_order, stage, status, failure_mode, sku, bucket, node, kind;
  Digest actor, artifact;
  std::optional<int64_t> time_from_ms, time_to_ms;  // both inclusive
  bool newest_first = false;
  size_t limit = 100;  // rows per page, at most page_rows_max
  std::string page;    // `next` of the page before
};

// In order of time, then entry. A page may be short, even empty, and yet have a next one: a call looks at a
// bounded number of rows.
struct Page {
  std::vector<EntrySummary> rows;
  std::string next;  // empty: there is no more
};

// Items of the index from `from` to `to`, both inclusive.
struct ItemRange {
  TimeAndIndex from, to;
  bool backwards = false;
};

struct StoreOptions {
  std::string data_folder;
  bool read_only = false;  // a view of the moment of opening, while another process may go on appending
  // when given, the outside checkpoint must be signed by one of them
  std::vector<tlog::NoteKey> checkpoint_keys;
  size_t cache_bytes = 16u << 20;
  size_t write_buffer_bytes = 16u << 20;
  std::shared_ptr<rocksdb::Env> disk;  // in place of the machine's own (tests)
};

class LedgerStore {
 public:
  // ---- lifecycle
  //
  // Creates the store when there is none (not when read_only: not_found). Errors: corrupt, conflict (another
  // process owns it), unavailable (read_only, and the owner changes it too fast), full, io.
  static Result<std::unique_ptr<LedgerStore>> open(const StoreOptions& options);
  // The same on a store made elsewhere (tests).
  static Result<std::unique_ptr<LedgerStore>> open_on(std::unique_ptr<KeyValueStore> tables,
                                                      const StoreOptions& options);

  Status health() const;
  bool dropped_torn_write() const { return tables_->dropped_torn_write(); }

  // ---- commands, refused when the store is read_only
  //
  // Durable on return. Errors: invalid (the group breaks its contract; nothing is written), full, io,
  // corrupt.
  Result<Head> append(const Group& group);
  // Keeps a checkpoint of this log, in the store and outside; one of a size already kept replaces it (with
  // more cosignatures). Durable on return. Errors: invalid (of a size not reached), conflict (another root or
  // log: a divergence), full, io.
  Status add_checkpoint(const tlog::SignedCheckpoint& checkpoint);

  // ---- queries
  //
  Head head() const;
  // Checked against its leaf hash in the tree. Errors: not_found.
  Result<proto::LedgerEntry> entry(uint64_t index);
  // Entries [from, to) in order, as they lie there: an unreadable or missing one is handed over as an error
  // and does not stop the store, since who reads this way is looking for damage. Flat memory.
  Status entries(uint64_t from, uint64_t to, const EntryVisitor& visitor);
  Result<EntrySummary> summary(uint64_t index);  // Errors: not_found
  // In order of entries. Errors: full, beyond 10,000 of them (and so for following()).
  Result<std::vector<EntrySummary>> of_work_order(const std::string& work_order);
  Result<uint64_t> find_payload(const Digest& payload);                // Errors: not_found
  Result<std::vector<EntrySummary>> following(const Digest& payload);  // entries that name it as predecessor
  Result<Page> find(const Query& query);                               // Errors: invalid (limit, page)
  Result<std::vector<proto::RefusedEntry>> refused(
      uint64_t from, size_t limit);  // by count since the beginning; oldest kept first

  Result<tlog::SignedCheckpoint> latest_checkpoint();  // Errors: not_found
  Result<std::vector<tlog::SignedCheckpoint>> checkpoints(uint64_t from_size, size_t limit);
  Result<FoldSnapshot> latest_snapshot();  // Errors: not_found

  Result<Bytes> tile(const tlog::TileAddress& address);  // Errors: not_found, when the tree has no such tile
  Result<Digest> root(uint64_t size);                    // Errors: invalid (beyond the head)
  Result<std::vector<Digest>> inclusion(uint64_t index, uint64_t size);
  Result<std::vector<Digest>> consistency(uint64_t size_old, uint64_t size_new);
  // The rows as they lie there, for who rechecks them.
  KeyValueStore& tables() { return *tables_; }

 private:
  LedgerStore(std::unique_ptr<KeyValueStore> tables, const StoreOptions& options)
      : tables_(std::move(tables)), data_folder_(options.data_folder), read_only_(options.read_only) {}

  static Result<std::unique_ptr<LedgerStore>> open_checked(
      std::unique_ptr<KeyValueStore> tables, const StoreOptions& options,
      const std::optional<tlog::SignedCheckpoint>& outside);
  Status load();
  Status compare_with(const tlog::SignedCheckpoint& outside);
  Status check_group(const Group& group, const Head& head) const;
  void write_admitted(const Group& group, WriteGroup& changes, Head& head);
  void write_refused(const Group& group, WriteGroup& changes, Head& head) const;
  Status write_snapshot(const Group& group, const Head& head, WriteGroup& changes);
  Status check_writable() const;
  Status check_reach(uint64_t size) const;
  Status scan_items(const Bytes& prefix, const ItemRange& range,
                    const std::function<bool(TimeAndIndex)>& visitor);
  Result<std::vector<EntrySummary>> summaries_under(const Bytes& prefix);
  Result<std::vector<tlog::SignedCheckpoint>> stored_checkpoints(const ScanRange& range, size_t limit);
  Result<tlog::SignedCheckpoint> check_checkpoint(BytesView key, BytesView row);
  VerifiedTiles tiles();
  Result<Head> load_head();
  template <class T>
  T watch(T result);

  std::unique_ptr<KeyValueStore> tables_;
  std::string data_folder_;
  bool read_only_;
  TileCache tile_cache_;
  mutable std::mutex mutex_;  // guards the next three
  Head head_;
  std::shared_ptr<const TileEdge> edge_ = std::make_shared<TileEdge>();  // of the head's tree
  std::optional<Error> stopped_;
  tlog::TileWriter tree_;     // the appending thread's
  int64_t last_time_ms_ = 0;  // likewise
};

// Stops the store when an answer shows that the disk or its content cannot be trusted.
template <class T>
T LedgerStore::watch(T result) {
  if (result) return result;
  const ErrorCode code = result.error().code;
  if (code == ErrorCode::corrupt || code == ErrorCode::io || code == ErrorCode::full) {
    const std::lock_guard lock(mutex_);
    if (!stopped_) stopped_ = result.error();
  }
  return result;
}

}  // namespace tcps::ledger
