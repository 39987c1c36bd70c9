#include "actors/ledger/store/ledger_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/ledger/store/checked_row.h"
#include "actors/ledger/store/ledger_records.pb.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "messages/dsse.h"

namespace tcps::ledger {
namespace {

constexpr uint32_t store_format = 3;
constexpr std::string_view head_key = "head";
constexpr std::string_view format_key = "format";
constexpr size_t refused_text_bytes_max = 512;

Bytes position_key(const Position& position) {
  return big_endian(position.epoch) + big_endian(position.sequence);
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Text of a refused message may hold any bytes; what is kept of it is short and printable.
std::string plain(std::string_view text) {
  std::string result(text.substr(0, refused_text_bytes_max));
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return result;
}

Bytes encode_head(const Head& head, int64_t last_time_ms) {
  proto::LedgerHead record;
  record.set_size(head.size);
  record.set_root(std::string(head.root.raw()));
  record.set_genesis(std::string(head.genesis.raw()));
  record.set_epoch(head.next.epoch);
  record.set_sequence(head.next.sequence);
  record.set_refused(head.refused);
  record.set_last_time_ms(last_time_ms);
  return record.SerializeAsString();
}

tl::unexpected<Error> corrupt(const std::string& what) {
  return fail(ErrorCode::corrupt,
              fmt::format("ledger: {}: restore this replica from a peer or a backup", what));
}

// The origin of a line's checkpoints ends with the first digits of its genesis.
bool is_of_log(const tlog::Checkpoint& checkpoint, const Head& head) {
  return head.size == 0 || checkpoint.origin.ends_with(fmt::format("/{}", head.genesis.hex().substr(0, 16)));
}

bool signed_by_one_of(const tlog::Note& note, const std::vector<tlog::NoteKey>& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const tlog::NoteKey& key) {
    return tlog::verify_note(note, key) || tlog::cosigned_at(note, key).has_value();
  });
}

// The tiles as they lie there, for the one reader that checks them as a whole: load().
class StoredTiles final : public tlog::TileReader {
 public:
  explicit StoredTiles(KeyValueStore& tables) : tables_(tables) {}
  Result<Bytes> tile(const tlog::TileAddress& address) override {
    auto stored = TCPS_TRY(tables_.get(Table::tiles, tile_key(address)));
    if (!stored) return corrupt(tlog::tile_path(address) + " is missing");
    return std::move(*stored);
  }

 private:
  KeyValueStore& tables_;
};

}  // namespace

// ---- lifecycle

Result<std::unique_ptr<LedgerStore>> LedgerStore::open(const StoreOptions& options) {
  // The checkpoint first: a view of a ledger that grows meanwhile then holds all that it vouches for.
  auto outside = TCPS_TRY(tlog::read_outside_checkpoint(options.data_folder));
  const KeyValueOptions tables_at{options.data_folder + "/ledger", options.read_only, options.cache_bytes,
                                  options.write_buffer_bytes, options.disk};
  auto tables = TCPS_TRY(open_key_value_store(tables_at));
  return open_checked(std::move(tables), options, outside);
}

Result<std::unique_ptr<LedgerStore>> LedgerStore::open_on(std::unique_ptr<KeyValueStore> tables,
                                                          const StoreOptions& options) {
  auto outside = TCPS_TRY(tlog::read_outside_checkpoint(options.data_folder));
  return open_checked(std::move(tables), options, outside);
}

Result<std::unique_ptr<LedgerStore>> LedgerStore::open_checked(
    std::unique_ptr<KeyValueStore> tables, const StoreOptions& options,
    const std::optional<tlog::SignedCheckpoint>& outside) {
  std::unique_ptr<LedgerStore> store(new LedgerStore(std::move(tables), options));
  TCPS_TRY(store->load());
  if (!outside) return store;
  if (!options.checkpoint_keys.empty() && !signed_by_one_of(outside->note, options.checkpoint_keys)) {
    return corrupt(tlog::outside_checkpoint_path(options.data_folder) +
                   " is not signed by a key of this line");
  }
  TCPS_TRY(store->compare_with(*outside));
  return store;
}

// The head as stored; of size 0 when there is none.
Result<Head> LedgerStore::load_head() {
  auto format = TCPS_TRY(tables_->get(Table::meta, format_key));
  auto stored = TCPS_TRY(tables_->get(Table::meta, head_key));
  if (format ? *format != big_endian(store_format) : stored.has_value()) {
    return fail(
        ErrorCode::invalid,
        fmt::format(
            "ledger: the store has another format than {}, which this program knows: use the program that "
            "wrote it, or rebuild this replica from a peer",
            store_format));
  }
  if (!stored) return Head{};
  proto::LedgerHead record;
  const auto content = content_of_row(head_key, *stored);
  if (!content || !record.ParseFromArray(content->data(), static_cast<int>(content->size())))
    return corrupt("the head is malformed");
  const auto root = Digest::from_raw(record.root());
  const auto genesis = Digest::from_raw(record.genesis());
  if (!root || !genesis) return corrupt("the head is malformed");
  last_time_ms_ = record.last_time_ms();
  return Head{record.size(), *root, {record.epoch(), record.sequence()}, *genesis, record.refused()};
}

Status LedgerStore::load() {
  head_ = TCPS_TRY(load_head());
  if (head_.size == 0) {
    bool empty = true;
    TCPS_TRY(tables_->scan(Table::entries, {}, [&](BytesView, BytesView) { return empty = false; }));
    return empty ? Status{} : corrupt("there are entries but no head");
  }
  StoredTiles tiles(*tables_);
  tree_ = TCPS_TRY(tlog::TileWriter::restore(head_.size, tiles));
  edge_ = std::make_shared<TileEdge>(tree_.edge());
  if (tree_.root() != head_.root) {
    return corrupt(fmt::format("the tiles have root {}, the head says {}", tree_.root().to_string(),
                               head_.root.to_string()));
  }
  auto first = TCPS_TRY(entry(0));
  if (first.payload_digest() != head_.genesis.raw())
    return corrupt("entry 0 is not the genesis that the head names");
  auto last = entry(head_.size - 1);
  return last ? Status{} : fail(last.error());
}

Status LedgerStore::compare_with(const tlog::SignedCheckpoint& outside) {
  const tlog::Checkpoint& checkpoint = outside.checkpoint;
  const std::string file = tlog::outside_checkpoint_path(data_folder_);
  if (checkpoint.size > head_.size) {
    return corrupt(
        fmt::format("the store holds {} entries with root {}, but {} vouches for {} entries with root {}",
                    head_.size, head_.root.to_string(), file, checkpoint.size, checkpoint.root.to_string()));
  }
  if (!is_of_log(checkpoint, head_)) {
    return corrupt(fmt::format("{} is of log {}, the store's genesis is {}", file, checkpoint.origin,
                               head_.genesis.to_string()));
  }
  auto same_size_root = TCPS_TRY(root(checkpoint.size));
  if (same_size_root != checkpoint.root) {
    return corrupt(fmt::format("the store's first {} of {} entries have root {}, but {} vouches for root {}",
                               checkpoint.size, head_.size, same_size_root.to_string(), file,
                               checkpoint.root.to_string()));
  }
  return {};
}

Status LedgerStore::health() const {
  const std::lock_guard lock(mutex_);
  if (stopped_) return fail(stopped_->at("the ledger has stopped"));
  return {};
}

Head LedgerStore::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

VerifiedTiles LedgerStore::tiles() {
  const std::lock_guard lock(mutex_);
  return {*tables_, edge_, tile_cache_};
}

// ---- commands

Status LedgerStore::check_group(const Group& group, const Head& head) const {
  const auto bad = [](const std::string& why) {
    return fail(ErrorCode::invalid, "ledger: the group " + why);
  };
  if (group.admitted.size() > group_entries_max || group.refused.size() > group_entries_max)
    return bad("is too large");
  if (group.next < head.next) {
    return bad(fmt::format("ends at position {}/{}, before the store's {}/{}", group.next.epoch,
                           group.next.sequence, head.next.epoch, head.next.sequence));
  }
  Position least = head.next;
  for (const AdmittedEntry& entry : group.admitted) {
    if (entry.position < least || entry.position >= group.next) {
      return bad(fmt::format("has an entry at position {}/{}, out of order", entry.position.epoch,
                             entry.position.sequence));
    }
    least = {entry.position.epoch, entry.position.sequence + 1};
    if (entry.envelope.empty() || entry.envelope.size() > envelope_bytes_max)
      return bad("has an envelope of a wrong size");
    if (entry.facets.payload_digest.empty()) return bad("has an entry without payload digest");
    if (!is_plain(entry.subject)) return bad("has a subject that is not printable ASCII");
  }
  return {};
}

Status LedgerStore::check_writable() const {
  TCPS_TRY(health());
  if (read_only_) return fail(ErrorCode::refused, "ledger: it is open for reading only: let its owner write");
  return {};
}

Result<Head> LedgerStore::append(const Group& group) {
  TCPS_TRY(check_writable());
  Head head = this->head();
  TCPS_TRY(check_group(group, head));

  WriteGroup changes;
  write_admitted(group, changes, head);
  write_refused(group, changes, head);
  head.next = group.next;
  head.root = tree_.root();
  for (const auto& tile : tree_.take_changed())
    changes.put(Table::tiles, tile_key(tile.address), tile.hashes);
  TCPS_TRY(watch(write_snapshot(group, head, changes)));
  changes.put(Table::meta, format_key, big_endian(store_format));
  changes.put(Table::meta, head_key, checked_row(head_key, encode_head(head, last_time_ms_)));
  TCPS_TRY(watch(tables_->write(changes)));

  auto edge = std::make_shared<TileEdge>(tree_.edge());
  const std::lock_guard lock(mutex_);
  head_ = head;
  edge_ = std::move(edge);
  return head;
}

void LedgerStore::write_admitted(const Group& group, WriteGroup& changes, Head& head) {
  IndexRows rows;
  proto::LedgerEntry entry;
  for (const AdmittedEntry& admitted : group.admitted) {
    const uint64_t index = head.size++;
    if (index == 0) head.genesis = admitted.facets.payload_digest;
    entry.set_index(index);
    entry.set_epoch(admitted.position.epoch);
    entry.set_sequence(admitted.position.sequence);
    entry.set_subject(admitted.subject);
    entry.set_payload_digest(admitted.facets.payload_digest.raw().data(), Digest::size);
    changes.put(Table::entries, big_endian(index), encode_entry(entry, admitted.envelope));
    tree_.append(tlog::leaf_hash(admitted.envelope));

    if (admitted.facets.time_ms != 0) {
      rows.add(index, admitted.facets);
    } else {
      EntryFacets facets = admitted.facets;
      facets.time_ms = last_time_ms_;
      rows.add(index, facets);
    }
    if (admitted.facets.time_ms != 0) last_time_ms_ = admitted.facets.time_ms;
  }
  rows.hand_over([&](BytesView key, BytesView value) { changes.put(Table::indexes, key, value); });
}

void LedgerStore::write_refused(const Group& group, WriteGroup& changes, Head& head) const {
  for (proto::RefusedEntry refused : group.refused) {
    refused.set_subject(plain(refused.subject()));
    refused.set_reason(plain(refused.reason()));
    changes.put(Table::refused, big_endian(head.refused), refused.SerializeAsString());
    if (head.refused >= refused_kept_max)
      changes.remove(Table::refused, big_endian(head.refused - refused_kept_max));
    ++head.refused;
  }
}

Status LedgerStore::write_snapshot(const Group& group, const Head& head, WriteGroup& changes) {
  if (!group.snapshot) return {};
  std::vector<Bytes> older;
  const Bytes key = position_key(head.next);
  TCPS_TRY(tables_->scan(Table::snapshots, {}, [&](BytesView row, BytesView) {
    if (row != key) older.emplace_back(row);
    return true;
  }));
  for (size_t i = 0; i + snapshots_kept <= older.size(); ++i) changes.remove(Table::snapshots, older[i]);
  changes.put(Table::snapshots, key, checked_row(key, big_endian(head.size) + *group.snapshot));
  return {};
}

Status LedgerStore::add_checkpoint(const tlog::SignedCheckpoint& signed_checkpoint) {
  TCPS_TRY(check_writable());
  const tlog::Checkpoint& checkpoint = signed_checkpoint.checkpoint;
  auto own_root = TCPS_TRY(root(checkpoint.size));
  if (own_root != checkpoint.root) {
    return fail(
        ErrorCode::conflict,
        fmt::format(
            "ledger: the checkpoint of {} entries has root {}, this replica has {}: the logs diverge, "
            "stop and call a person",
            checkpoint.size, checkpoint.root.to_string(), own_root.to_string()));
  }
  if (!is_of_log(checkpoint, head())) {
    return fail(ErrorCode::conflict,
                fmt::format("ledger: the checkpoint is of log {}, this replica's genesis is {}",
                            checkpoint.origin, head().genesis.to_string()));
  }
  auto outside = TCPS_TRY(watch(tlog::read_outside_checkpoint(data_folder_)));
  WriteGroup changes;
  const Bytes key = big_endian(checkpoint.size);
  changes.put(Table::checkpoints, key, checked_row(key, signed_checkpoint.note.encode()));
  TCPS_TRY(watch(tables_->write(changes)));
  if (outside && outside->checkpoint.size > checkpoint.size) return {};
  return watch(tlog::write_outside_checkpoint(data_folder_, signed_checkpoint));
}

// ---- proofs

Status LedgerStore::check_reach(uint64_t size) const {
  TCPS_TRY(health());
  const uint64_t reached = head().size;
  if (size <= reached) return {};
  return fail(ErrorCode::invalid,
              fmt::format("ledger: size {} is not reached: the ledger has {} entries", size, reached));
}

Result<Bytes> LedgerStore::tile(const tlog::TileAddress& address) {
  TCPS_TRY(health());
  if (address.level > tlog::tile_level_max || address.width == 0 ||
      address.width > tlog::width_at(address.level, address.index, head().size)) {
    return fail(ErrorCode::not_found, "ledger: the tree has no such tile yet");
  }
  auto bytes = watch(tiles().tile(address));
  if (!bytes) return bytes;
  const size_t wanted = address.width * Digest::size;
  if (bytes->size() < wanted)
    return watch(Result<Bytes>(corrupt(tlog::tile_path(address) + " is too short")));
  bytes->resize(wanted);
  return bytes;
}

Result<Digest> LedgerStore::root(uint64_t size) {
  TCPS_TRY(check_reach(size));
  auto tiles = this->tiles();
  tlog::TileHashReader nodes(size, tiles);
  return watch(tlog::root_at(size, nodes));
}

Result<std::vector<Digest>> LedgerStore::inclusion(uint64_t index, uint64_t size) {
  TCPS_TRY(check_reach(size));
  auto tiles = this->tiles();
  tlog::TileHashReader nodes(size, tiles);
  return watch(tlog::inclusion_proof(index, size, nodes));
}

Result<std::vector<Digest>> LedgerStore::consistency(uint64_t size_old, uint64_t size_new) {
  TCPS_TRY(check_reach(size_new));
  auto tiles = this->tiles();
  tlog::TileHashReader nodes(size_new, tiles);
  return watch(tlog::consistency_proof(size_old, size_new, nodes));
}

// ---- reading one thing

Result<proto::LedgerEntry> LedgerStore::entry(uint64_t index) {
  TCPS_TRY(health());
  const uint64_t size = head().size;
  if (index >= size) {
    return fail(ErrorCode::not_found,
                fmt::format("ledger: there is no entry {}: the ledger has {}", index, size));
  }
  auto stored = TCPS_TRY(watch(tables_->get(Table::entries, big_endian(index))));
  if (!stored) return watch(Result<proto::LedgerEntry>(corrupt(fmt::format("entry {} is missing", index))));
  auto entry = watch(decode_entry(index, *stored));
  if (!entry) return entry;
  auto tiles = this->tiles();
  auto leaf = TCPS_TRY(watch(tlog::TileHashReader(size, tiles).node({0, index})));
  if (leaf != tlog::leaf_hash(entry->envelope())) {
    return watch(Result<proto::LedgerEntry>(
        corrupt(fmt::format("entry {} is not the leaf that the tree holds", index))));
  }
  return entry;
}

Result<FoldSnapshot> LedgerStore::latest_snapshot() {
  TCPS_TRY(health());
  std::optional<FoldSnapshot> found;
  bool exists = false;
  const ScanRange newest_first{{}, {}, true, false};
  TCPS_TRY(watch(tables_->scan(Table::snapshots, newest_first, [&](BytesView key, BytesView row) {
    exists = true;
    const auto value = content_of_row(key, row);
    if (key.size() != 16 || !value || value->size() < 8) return false;
    found = FoldSnapshot{
        Bytes(value->substr(8)),
        *from_big_endian(value->substr(0, 8)),
        {static_cast<uint32_t>(*from_big_endian(key.substr(0, 8))), *from_big_endian(key.substr(8))}};
    return false;
  })));
  if (!exists) return fail(ErrorCode::not_found, "ledger: there is no snapshot yet");
  if (!found) return watch(Result<FoldSnapshot>(corrupt("a stored snapshot of the fold is malformed")));
  return std::move(*found);
}

}  // namespace tcps::ledger
