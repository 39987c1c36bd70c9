// A log's tree as C2SP tlog-tiles files: tiles of 256 hashes, so that a proof over millions of entries reads
// a handful of them, and every file of a log can be served and cached by anything that serves files.
//
// Tile <L>/<N> holds the roots of 256 complete subtrees of height 8*L, from subtree 256*N on; the last tile
// of a level may be partial (width 1-255) and grows until full. A full tile never changes, and a partial one
// is a prefix of its later self. Pure rules; what stores tiles is behind TileReader.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/ledger/tlog/merkle.h"
#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::tlog {

inline constexpr uint32_t tile_height = 8;
inline constexpr uint32_t tile_width = 1u << tile_height;
inline constexpr uint32_t tile_level_max = 7;  // 64-bit sizes need no more

struct TileAddress {
  uint32_t level = 0;
  uint64_t index = 0;
  uint32_t width = tile_width;  // hashes in it, 1-256
  friend bool operator==(const TileAddress&, const TileAddress&) = default;
};

// "tile/0/x001/x234/067", partial ones "tile/0/x001/x234/067.p/8"; of entry bundles "tile/entries/...".
std::string tile_path(const TileAddress& address);
std::string entries_path(uint64_t index, uint32_t width);
Result<TileAddress> parse_tile_path(std::string_view path);     // Errors: invalid
Result<TileAddress> parse_entries_path(std::string_view path);  // level is 0. Errors: invalid

// Hashes that a tile of this level and index has in a tree of `size`, 0-256.
uint32_t width_at(uint32_t level, uint64_t index, uint64_t size);

// An entry bundle: each entry preceded by its length as a big-endian uint16. Entries of at most 65,535 bytes:
// asserted.
void append_to_bundle(Bytes& bundle, BytesView entry);
// Errors: invalid (truncated, or more than 256 entries).
Result<std::vector<Bytes>> decode_bundle(BytesView bundle);

// Root of a full tile's hashes (8 KiB): what the tile above holds for it.
Digest full_tile_root(BytesView hashes);

class TileReader {
 public:
  virtual ~TileReader() = default;
  // The tile's first `address.width` hashes, 32 bytes each; more is allowed. Errors: those of the storage.
  virtual Result<Bytes> tile(const TileAddress& address) = 0;
};

// Hashes of complete subtrees of a tree of `size`, computed from its tiles. Each tile is read once in a
// reader's life, so make one reader per proof. Errors of node(): corrupt, when a tile is too short; those of
// the tile reader.
class TileHashReader final : public HashReader {
 public:
  TileHashReader(uint64_t size, TileReader& tiles) : size_(size), tiles_(tiles) {}
  Result<Digest> node(NodeAddress address) override;
  size_t tiles_read() const { return loaded_.size(); }

 private:
  Result<const Bytes*> load(uint32_t level, uint64_t index);

  uint64_t size_;
  TileReader& tiles_;
  std::map<std::pair<uint32_t, uint64_t>, Bytes> loaded_;
};

// A growing tree together with the tiles on its right edge: what a log's writer keeps in memory (under 100
// KiB at any size).
class TileWriter {
 public:
  TileWriter() = default;
  // Errors: corrupt, when a tile is short; those of the tile reader.
  static Result<TileWriter> restore(uint64_t size, TileReader& tiles);

  void append(const Digest& leaf_hash);
  uint64_t size() const { return range_.size(); }
  Digest root() const { return range_.root(); }

  struct Tile {
    TileAddress address;
    Bytes hashes;
  };
  // Per level, the tile being filled; its width may be 0.
  const std::vector<Tile>& edge() const { return edge_; }
  // The tiles changed since the last call, each once, as they are now.
  std::vector<Tile> take_changed();

 private:
  void add(NodeAddress address, const Digest& hash);

  CompactRange range_;
  std::vector<Tile> edge_;  // per level, the tile being filled
  std::vector<bool> edge_changed_;
  std::vector<Tile> filled_;
};

}  // namespace tcps::tlog
