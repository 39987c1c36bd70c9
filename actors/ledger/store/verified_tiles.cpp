#include "actors/ledger/store/verified_tiles.h"

#include <fmt/format.h>

#include "actors/ledger/store/entry_index.h"

namespace tcps::ledger {
namespace {

constexpr size_t full_tile_bytes = tlog::tile_width * Digest::size;

tl::unexpected<Error> corrupt(const tlog::TileAddress& address, std::string_view what) {
  return fail(ErrorCode::corrupt, fmt::format("ledger: {} {}: restore this replica from a peer or a backup",
                                              tlog::tile_path(address), what));
}

tlog::TileAddress full(uint32_t level, uint64_t index) { return {level, index, tlog::tile_width}; }

}  // namespace

Bytes tile_key(const tlog::TileAddress& address) {
  return static_cast<char>(address.level) + big_endian(address.index);
}

std::shared_ptr<const Bytes> TileCache::find(const Bytes& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = tiles_.find(key);
  return found == tiles_.end() ? nullptr : found->second;
}

void TileCache::keep(const Bytes& key, std::shared_ptr<const Bytes> hashes) {
  const std::lock_guard lock(mutex_);
  if (tiles_.size() >= tiles_max) tiles_.clear();
  tiles_.emplace(key, std::move(hashes));
}

Result<Bytes> VerifiedTiles::tile(const tlog::TileAddress& address) {
  if (address.level < edge_->size() && (*edge_)[address.level].address.index == address.index)
    return (*edge_)[address.level].hashes;
  auto hashes = TCPS_TRY(full_tile(full(address.level, address.index)));
  return *hashes;
}

Result<std::shared_ptr<const Bytes>> VerifiedTiles::full_tile(const tlog::TileAddress& address) {
  const Bytes key = tile_key(address);
  if (auto known = cache_.find(key)) return known;
  auto stored = TCPS_TRY(tables_.get(Table::tiles, key));
  if (!stored) return corrupt(address, "is missing");
  if (stored->size() != full_tile_bytes) return corrupt(address, "has a wrong length");
  TCPS_TRY(check(address, *stored));
  auto hashes = std::make_shared<const Bytes>(std::move(*stored));
  cache_.keep(key, hashes);
  return hashes;
}

// A full tile has a tile above it, at the latest on the edge.
Status VerifiedTiles::check(const tlog::TileAddress& address, const Bytes& hashes) {
  if (address.level >= tlog::tile_level_max) return corrupt(address, "is not of this tree");
  auto above = TCPS_TRY(tile(full(address.level + 1, address.index / tlog::tile_width)));
  const size_t at = address.index % tlog::tile_width * Digest::size;
  if (above.size() < at + Digest::size) return corrupt(address, "is not of this tree");
  if (tlog::full_tile_root(hashes).raw() == BytesView(above).substr(at, Digest::size)) return {};
  return corrupt(address, "does not have the root that the tile above it holds");
}

}  // namespace tcps::ledger
