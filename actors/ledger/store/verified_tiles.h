// The tiles of a stored tree, none of them believed: a full tile's hashes must have the root that the tile
// above holds for it, and so on up to the tree's right edge, which the store keeps in memory and whose hashes
// make up the root of its head. So a tile that was changed, swapped or copied on disk is an error and never a
// wrong proof.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "actors/ledger/store/key_value/key_value_store.h"
#include "actors/ledger/tlog/tile.h"

namespace tcps::ledger {

Bytes tile_key(const tlog::TileAddress& address);

// Per level, the tile being filled (TileWriter::edge()).
using TileEdge = std::vector<tlog::TileWriter::Tile>;

// Full tiles that were found good, which never change. Thread-safe.
class TileCache {
 public:
  std::shared_ptr<const Bytes> find(const Bytes& key) const;
  void keep(const Bytes& key, std::shared_ptr<const Bytes> hashes);

 private:
  static constexpr size_t tiles_max = 256;  // 2 MiB; beyond it all are forgotten
  mutable std::mutex mutex_;
  std::unordered_map<Bytes, std::shared_ptr<const Bytes>> tiles_;
};

// Reads one tree as it was when `edge` was. Errors: corrupt; those of the tables.
class VerifiedTiles final : public tlog::TileReader {
 public:
  VerifiedTiles(KeyValueStore& tables, std::shared_ptr<const TileEdge> edge, TileCache& cache)
      : tables_(tables), edge_(std::move(edge)), cache_(cache) {}
  Result<Bytes> tile(const tlog::TileAddress& address) override;

 private:
  Result<std::shared_ptr<const Bytes>> full_tile(const tlog::TileAddress& address);
  Status check(const tlog::TileAddress& address, const Bytes& hashes);

  KeyValueStore& tables_;
  std::shared_ptr<const TileEdge> edge_;
  TileCache& cache_;
};

}  // namespace tcps::ledger
