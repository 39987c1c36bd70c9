// Follows a log that is served as C2SP tlog-tiles files: that it only grows, and that every entry is where
// its checkpoints say. Trusts nothing that is served, only the keys it is given and the checkpoint it
// remembers. Pure rules; what fetches files is behind LogFiles.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/tlog/checkpoint.h"
#include "actors/ledger/tlog/note.h"
#include "actors/ledger/tlog/tile.h"
#include "messages/result.h"

namespace tcps::tlog {

class LogFiles {
 public:
  virtual ~LogFiles() = default;
  // "checkpoint", "tile/0/000.p/5", "tile/entries/000". Errors: not_found, unavailable, invalid.
  virtual Result<Bytes> get(const std::string& path) = 0;
};

class LogMonitor {
 public:
  // Every key must have signed a checkpoint for it to count, and without a key none counts; the first one's
  // name is the log's origin when it is of type 1. `files` outlives the object.
  LogMonitor(LogFiles& files, std::vector<NoteKey> keys) : files_(files), keys_(std::move(keys)) {}

  // What was seen before, to start from; without it, all entries are read.
  void remember(const SignedCheckpoint& seen) { seen_ = seen; }
  const std::optional<SignedCheckpoint>& remembered() const { return seen_; }

  using Progress = std::function<void(uint64_t checked, uint64_t size)>;
  // Looks at the log once. Returns whether it has grown. Errors: corrupt, when what is served contradicts
  // what was seen or itself, or what was seen is there no longer: the log, or who serves it, lies; invalid,
  // without a key; those of the files.
  Result<bool> look(const Progress& progress = nullptr);
  // The newest checkpoint served, also when it was found wrong: the evidence.
  const Bytes& newest_note() const { return newest_note_; }

 private:
  Status check_signatures(const SignedCheckpoint& served) const;
  Status check_still_there();
  Result<TileWriter> seen_tree(uint64_t size);
  template <class T>
  Result<T> must_hold(Result<T> file) const;
  Status read_growth(const Checkpoint& served, const Progress& progress);
  Result<Bytes> get_tile_file(const std::string& path, const std::string& full_path);
  Result<std::vector<Bytes>> entries_of(uint64_t bundle, uint32_t width);
  Status compare_tiles(TileWriter& tree, bool partial_too, std::vector<TileWriter::Tile>& edge);
  Status compare_tile(const TileWriter::Tile& tile);

  LogFiles& files_;
  std::vector<NoteKey> keys_;
  std::optional<SignedCheckpoint> seen_;
  Bytes newest_note_;
};

}  // namespace tcps::tlog
