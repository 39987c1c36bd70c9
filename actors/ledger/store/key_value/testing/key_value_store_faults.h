// A disk that fails when told to, below RocksDB: refused and torn writes, a full device, failed syncs whose
// bytes are lost or persisted all the same, unreadable and altered blocks, power cuts. For tests only.
//
// It passes everything on to the real file system, and remembers of each file how much a sync has covered, so
// that restart() can leave behind what a disk would hold after the process died or the power went. Renames
// and removals count as durable at once.
//
// Threads: any; faults strike whoever comes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class Env;
}

namespace tcps::ledger {

// Any stands for every operation that writes.
enum class DiskOperation : uint8_t { create, append, sync, rename, sync_folder, read, any_write };

enum class DiskEffect : uint8_t {
  refused,    // an input/output error, and nothing is done
  full,       // likewise, "no space left on device"
  torn,       // an append is half done, then an error
  lost,       // a sync fails, and what it should have made durable is gone at the next start
  persisted,  // all is done, and yet an error is reported
  flipped,    // a read gives bytes with one bit changed
  shortened,  // a read gives half of the bytes
};

struct DiskFault {
  DiskOperation operation = DiskOperation::any_write;
  std::string file;  // strikes files whose name contains it; empty: all
  size_t after = 0;  // that many go well before
  DiskEffect effect = DiskEffect::refused;
  bool lasting = false;  // strikes again and again until heal()
};

// What happened between closing a store and opening it again.
enum class DiskRestart : uint8_t {
  process_died,        // what was written is there
  power_cut,           // what no sync had covered is gone
  power_cut_in_write,  // half of it is
};

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  // To be given to open_key_value_store().
  std::shared_ptr<rocksdb::Env> environment() const;

  void inject(DiskFault fault);  // replaces the one before
  void heal();
  size_t struck() const;  // how often since inject()

  // Only while no store is open on it. Heals.
  void restart(DiskRestart how);

 private:
  class State;
  class Files;
  class WrittenFile;
  class Folder;
  class ReadFile;
  class StreamedFile;
  std::shared_ptr<State> state_;
  std::shared_ptr<rocksdb::Env> environment_;
};

}  // namespace tcps::ledger
