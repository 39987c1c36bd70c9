// The few things that the ledger asks of an ordered key-value store, in plain words; RocksDB is behind it, in
// this room alone.
//
// Threads: reads from any thread; one writer at a time. A write is durable when write() has returned, and
// whole or absent after a crash. Every block read is checked against its checksum.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace rocksdb {
class Env;
}

namespace tcps::ledger {

enum class Table : uint8_t { entries, tiles, refused, indexes, checkpoints, snapshots, meta };
inline constexpr size_t table_count = 7;

// Changes that become durable together, in one piece of memory.
class WriteGroup {
 public:
  struct Change {
    Table table;
    BytesView key;
    std::optional<BytesView> value;  // nothing: the key is removed
  };

  void put(Table table, BytesView key, BytesView value) { add(table, key, value, false); }
  void remove(Table table, BytesView key) { add(table, key, {}, true); }

  size_t size() const { return places_.size(); }
  Change operator[](size_t index) const {
    const Place& place = places_[index];
    const BytesView both = BytesView(bytes_).substr(place.at, place.key_size + place.value_size);
    const auto value = place.removes ? std::nullopt : std::optional(both.substr(place.key_size));
    return {place.table, both.substr(0, place.key_size), value};
  }

 private:
  struct Place {
    Table table;
    bool removes;
    size_t at, key_size, value_size;
  };
  void add(Table table, BytesView key, BytesView value, bool removes) {
    places_.push_back({table, removes, bytes_.size(), key.size(), value.size()});
    bytes_.append(key).append(value);
  }

  std::vector<Place> places_;
  Bytes bytes_;
};

struct ScanRange {
  Bytes from;              // inclusive
  Bytes to;                // exclusive; empty: to the end
  bool backwards = false;  // from the last key of the range to the first
  bool bulk = false;       // read ahead and leave the cache to others: for scans of much
};
using RowVisitor = std::function<bool(BytesView key, BytesView value)>;  // false ends the scan

// Errors of all: corrupt (bytes do not match their checksum), full (no space on the device), io. After an
// error of write() the store's content is unknown until it is opened again.
class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;
  virtual Status write(const WriteGroup& group) = 0;
  virtual Result<std::optional<Bytes>> get(Table table, BytesView key) = 0;
  virtual Status scan(Table table, const ScanRange& range, const RowVisitor& visitor) = 0;
  // A torn last write was found and dropped when the store was opened: the process or machine died while
  // writing.
  virtual bool dropped_torn_write() const { return false; }
};

struct KeyValueOptions {
  std::string folder;
  bool read_only = false;  // a view of the moment of opening; the owner may go on writing
  size_t cache_bytes = 16u << 20;
  size_t write_buffer_bytes = 16u << 20;
  std::shared_ptr<rocksdb::Env> disk;  // in place of the machine's own (tests: key_value_store_faults.h)
};

// A folder that holds rows but no longer the file that leads to them (CURRENT) is corrupt, never begun anew.
// Errors: not_found (read only and nothing there), conflict (another process owns it), unavailable (read
// only, and the owner changes it too fast), corrupt, full, io.
Result<std::unique_ptr<KeyValueStore>> open_key_value_store(const KeyValueOptions& options);

}  // namespace tcps::ledger
