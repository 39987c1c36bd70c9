#include "actors/ledger/tlog/log_monitor.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps::tlog {
namespace {

tl::unexpected<Error> lie(const std::string& what) { return fail(ErrorCode::corrupt, what); }

// Of an older size: served tiles may have grown since, and hold more.
class ServedTiles final : public TileReader {
 public:
  using Get = std::function<Result<Bytes>(const TileAddress&)>;
  explicit ServedTiles(Get get) : get_(std::move(get)) {}
  Result<Bytes> tile(const TileAddress& address) override { return get_(address); }

 private:
  Get get_;
};

TileAddress full(TileAddress address) {
  address.width = tile_width;
  return address;
}

bool is_signed(const Note& note, const NoteKey& key) {
  return key.type() == NoteKeyType::ed25519 ? verify_note(note, key) : cosigned_at(note, key).has_value();
}

}  // namespace

Status LogMonitor::check_signatures(const SignedCheckpoint& served) const {
  if (keys_.empty()) return fail(ErrorCode::invalid, "there is no key to check the log's signature with");
  const std::string& origin = served.checkpoint.origin;
  for (const NoteKey& key : keys_) {
    if (!is_signed(served.note, key))
      return lie(fmt::format("the checkpoint of {} entries is not signed by {}", served.checkpoint.size,
                             key.name()));
  }
  if (keys_.front().type() == NoteKeyType::ed25519 && keys_.front().name() != origin)
    return lie(fmt::format("the checkpoint is of log {}, not of {}", origin, keys_.front().name()));
  if (seen_ && seen_->checkpoint.origin != origin)
    return lie(
        fmt::format("the checkpoint is of log {}, seen before was {}", origin, seen_->checkpoint.origin));
  return {};
}

Result<bool> LogMonitor::look(const Progress& progress) {
  auto note = TCPS_TRY(files_.get("checkpoint"));
  newest_note_ = note;
  auto served = SignedCheckpoint::parse(note);
  if (!served) return lie("the served checkpoint cannot be read: " + served.error().message);
  TCPS_TRY(check_signatures(*served));
  const Checkpoint& head = served->checkpoint;
  const uint64_t seen_size = seen_ ? seen_->checkpoint.size : 0;
  if (head.size < seen_size)
    return lie(fmt::format("ROLLBACK: the log has {} entries, seen before were {}", head.size, seen_size));
  if (seen_ && head.size == seen_size) {
    if (head.root == seen_->checkpoint.root) {
      TCPS_TRY(check_still_there());
      return false;
    }
    return lie(fmt::format("SPLIT VIEW: two checkpoints of {} entries with roots {} and {}", head.size,
                           seen_->checkpoint.root.to_string(), head.root.to_string()));
  }
  TCPS_TRY(read_growth(head, progress));
  seen_ = std::move(*served);
  return true;
}

// The log below an unchanged checkpoint: the tiles that its root is made of, and the newest entries.
Status LogMonitor::check_still_there() {
  const Checkpoint& seen = seen_->checkpoint;
  if (seen.size == 0) return {};
  TCPS_TRY(seen_tree(seen.size));
  const uint64_t bundle = (seen.size - 1) / tile_width;
  auto entries = TCPS_TRY(must_hold(entries_of(bundle, width_at(0, bundle, seen.size))));
  Bytes hashes;
  for (const Bytes& entry : entries) hashes += leaf_hash(entry).raw();
  return compare_tile({{0, bundle, static_cast<uint32_t>(entries.size())}, std::move(hashes)});
}

// What was seen before cannot be missing later.
template <class T>
Result<T> LogMonitor::must_hold(Result<T> file) const {
  if (file || file.error().code != ErrorCode::not_found) return file;
  return lie(fmt::format("ROLLBACK: the log no longer shows the {} entries that were seen before: {}",
                         seen_->checkpoint.size, file.error().message));
}

// The tree that was seen, from the tiles of a log that has `size` entries now.
Result<TileWriter> LogMonitor::seen_tree(uint64_t size) {
  const Checkpoint seen = seen_ ? seen_->checkpoint : Checkpoint{{}, 0, empty_root(), {}};
  ServedTiles tiles([&](const TileAddress& wanted) {
    TileAddress now = wanted;
    now.width = width_at(wanted.level, wanted.index, size);
    return get_tile_file(tile_path(now), tile_path(full(now)));
  });
  auto tree = must_hold(TileWriter::restore(seen.size, tiles));
  if (tree && tree->root() != seen.root)
    return lie(
        fmt::format("the served tiles make the first {} entries another tree than was seen", seen.size));
  return tree;
}

// The tree that was seen, as the served tiles have it, with the served entries after it, must be the
// checkpoint's; and every served tile must be what the entries hash to.
Status LogMonitor::read_growth(const Checkpoint& served, const Progress& progress) {
  auto tree = TCPS_TRY(seen_tree(served.size));
  std::vector<TileWriter::Tile> edge;
  while (tree.size() < served.size) {
    const uint64_t bundle = tree.size() / tile_width, first = bundle * tile_width;
    auto entries = TCPS_TRY(entries_of(bundle, width_at(0, bundle, served.size)));
    for (uint64_t i = tree.size() - first; i < entries.size(); ++i) tree.append(leaf_hash(entries[i]));
    TCPS_TRY(compare_tiles(tree, false, edge));
    if (progress) progress(tree.size(), served.size);
  }
  if (tree.root() != served.root) {
    return lie(
        fmt::format("INCONSISTENT: the {} entries that are served have root {}, the checkpoint says {}",
                    served.size, tree.root().to_string(), served.root.to_string()));
  }
  return compare_tiles(tree, true, edge);
}

// A partial tile or bundle may have been replaced by its full one.
Result<Bytes> LogMonitor::get_tile_file(const std::string& path, const std::string& full_path) {
  auto file = files_.get(path);
  if (file || path == full_path || file.error().code != ErrorCode::not_found) return file;
  return files_.get(full_path);
}

Result<std::vector<Bytes>> LogMonitor::entries_of(uint64_t bundle, uint32_t width) {
  const std::string path = entries_path(bundle, width);
  auto file = TCPS_TRY(get_tile_file(path, entries_path(bundle, tile_width)));
  auto entries = decode_bundle(file);
  if (!entries) return lie(fmt::format("{}: {}", path, entries.error().message));
  if (entries->size() < width) return lie(fmt::format("{} holds {} entries only", path, entries->size()));
  entries->resize(width);
  return entries;
}

// Tiles that are not full yet wait in `edge` for the end.
Status LogMonitor::compare_tiles(TileWriter& tree, bool partial_too, std::vector<TileWriter::Tile>& edge) {
  for (auto& tile : tree.take_changed()) {
    std::erase_if(edge, [&](const auto& older) { return older.address.level == tile.address.level; });
    if (tile.address.width != tile_width) {
      edge.push_back(std::move(tile));
    } else if (auto good = compare_tile(tile); !good) {
      return good;
    }
  }
  if (!partial_too) return {};
  for (const auto& tile : edge) {
    TCPS_TRY(compare_tile(tile));
  }
  return {};
}

Status LogMonitor::compare_tile(const TileWriter::Tile& tile) {
  const std::string path = tile_path(tile.address);
  auto file = TCPS_TRY(get_tile_file(path, tile_path(full(tile.address))));
  if (file.substr(0, tile.hashes.size()) == tile.hashes) return {};
  return lie(fmt::format("{} is not what the entries hash to", path));
}

}  // namespace tcps::tlog
