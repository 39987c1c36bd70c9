#include "actors/ledger/tlog/tile.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "actors/ledger/tlog/testing/naive_merkle.h"

namespace tcps::tlog {
namespace {

// Tiles in memory, keyed by path without the width, as a store keeps them.
class TileMap final : public TileReader {
 public:
  Result<Bytes> tile(const TileAddress& address) override {
    ++reads;
    auto found = tiles.find({address.level, address.index});
    if (found == tiles.end()) return fail(ErrorCode::corrupt, tile_path(address) + " is missing");
    return found->second;
  }
  void put(const TileWriter::Tile& tile) { tiles[{tile.address.level, tile.address.index}] = tile.hashes; }

  std::map<std::pair<uint32_t, uint64_t>, Bytes> tiles;
  size_t reads = 0;
};

Digest leaf(uint64_t number) { return leaf_hash("leaf " + std::to_string(number)); }

struct PathCase {
  TileAddress address;
  const char* path;
};

TEST(Tile, PathsFollowTlogTiles) {
  const PathCase cases[] = {
      {{0, 0, 256}, "tile/0/000"},
      {{0, 0, 1}, "tile/0/000.p/1"},
      {{3, 67, 256}, "tile/3/067"},
      {{0, 1234067, 256}, "tile/0/x001/x234/067"},
      {{1, 1234067, 255}, "tile/1/x001/x234/067.p/255"},
      {{0, 1000, 256}, "tile/0/x001/000"},
      {{7, 18446744073709551615ull, 256}, "tile/7/x018/x446/x744/x073/x709/x551/615"},
  };
  for (const PathCase& c : cases) {
    EXPECT_EQ(tile_path(c.address), c.path);
    auto parsed = parse_tile_path(c.path);
    ASSERT_TRUE(parsed.has_value()) << c.path;
    EXPECT_EQ(*parsed, c.address);
  }
  EXPECT_EQ(entries_path(1234067, 8), "tile/entries/x001/x234/067.p/8");
  EXPECT_EQ(parse_entries_path("tile/entries/x001/x234/067.p/8")->index, 1234067u);
}

TEST(Tile, PathsThatAreNotCanonicalAreRefused) {
  for (const char* path : {"",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/00/000",
                           "tile/8/000",
                           "tile/-1/000",
                           "tile/0/1",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/x001/x000",
                           "tile/0/001/000",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/",
                           "tile/0/000/",
                           "tile/0/../000",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                           "/tile/0/000",
                           "tile/entries/000"}) {
    EXPECT_FALSE(parse_tile_path(path).has_value()) << path;
  }
  EXPECT_FALSE(parse_entries_path("tile/entries/1").has_value());
  EXPECT_FALSE(parse_entries_path("tile/0/000").has_value());
}

RC_GTEST_PROP(Tile, PathsReadBackAsWritten, (uint64_t index)) {
  const TileAddress address{*rc::gen::inRange<uint32_t>(0, 8), index, *rc::gen::inRange<uint32_t>(1, 257)};
  RC_ASSERT(*parse_tile_path(tile_path(address)) == address);
}

RC_GTEST_PROP(Tile, PathParserSurvivesAnyText, (std::string text)) {
  auto parsed = parse_tile_path("tile/" + text);
  RC_ASSERT((!parsed.has_value() || tile_path(*parsed) == "tile/" + text));
}

TEST(Tile, WidthsAtSizes) {
  EXPECT_EQ(width_at(0, 0, 0), 0u);
  EXPECT_EQ(width_at(0, 0, 1), 1u);
  EXPECT_EQ(width_at(0, 0, 300), 256u);
  EXPECT_EQ(width_at(0, 1, 300), 44u);
  EXPECT_EQ(width_at(0, 2, 300), 0u);
  EXPECT_EQ(width_at(1, 0, 300), 1u);
  EXPECT_EQ(width_at(1, 0, 255), 0u);
  EXPECT_EQ(width_at(2, 0, 65536), 1u);
}

// The tiles that differ between a tree of size_old and one of size_new, with their new widths, from the sizes
// alone.
std::vector<TileAddress> tiles_of_growth(uint64_t size_old, uint64_t size_new) {
  std::vector<TileAddress> tiles;
  for (uint32_t level = 0; level <= tile_level_max; ++level) {
    const uint64_t hashes_old = size_old >> (tile_height * level);
    const uint64_t hashes_new = size_new >> (tile_height * level);
    if (hashes_old >= hashes_new) break;
    for (uint64_t index = hashes_old >> tile_height; index <= (hashes_new - 1) >> tile_height; ++index) {
      tiles.push_back({level, index, width_at(level, index, size_new)});
    }
  }
  return tiles;
}

TEST(Tile, GrowthNamesExactlyTheTilesThatChange) {
  using List = std::vector<TileAddress>;
  EXPECT_EQ(tiles_of_growth(5, 5), List{});
  EXPECT_EQ(tiles_of_growth(0, 1), (List{{0, 0, 1}}));
  EXPECT_EQ(tiles_of_growth(255, 256), (List{{0, 0, 256}, {1, 0, 1}}));
  EXPECT_EQ(tiles_of_growth(256, 257), (List{{0, 1, 1}}));
  EXPECT_EQ(tiles_of_growth(250, 520), (List{{0, 0, 256}, {0, 1, 256}, {0, 2, 8}, {1, 0, 2}}));
}

RC_GTEST_PROP(Tile, WriterWritesTheTilesOfTheGrowth, ()) {
  const auto before = *rc::gen::inRange<uint64_t>(0, 1400);
  const auto after = before + *rc::gen::inRange<uint64_t>(0, 900);
  TileWriter writer;
  for (uint64_t i = 0; i < before; ++i) writer.append(leaf(i));
  writer.take_changed();
  for (uint64_t i = before; i < after; ++i) writer.append(leaf(i));
  std::vector<TileAddress> written;
  for (const auto& tile : writer.take_changed()) {
    RC_ASSERT(tile.hashes.size() == tile.address.width * Digest::size);
    written.push_back(tile.address);
  }
  const auto order = [](const TileAddress& a, const TileAddress& b) {
    return std::pair(a.level, a.index) < std::pair(b.level, b.index);
  };
  std::sort(written.begin(), written.end(), order);
  RC_ASSERT(written == tiles_of_growth(before, after));
}

RC_GTEST_PROP(Tile, ProofsFromTilesAreTheReferences, ()) {
  const auto size = *rc::gen::inRange<uint64_t>(1, 1500);
  const auto later = *rc::gen::inRange<uint64_t>(0, 400);
  TileMap map;
  TileWriter writer;
  naive::Leaves leaves;
  for (uint64_t i = 0; i < size + later; ++i) {
    if (i < size) leaves.push_back(leaf(i));
    writer.append(leaf(i));
    if (i % 97 == 0) {
      for (const auto& tile : writer.take_changed()) map.put(tile);
    }
  }
  for (const auto& tile : writer.take_changed()) map.put(tile);

  TileHashReader nodes(size, map);
  RC_ASSERT(*root_at(size, nodes) == naive::root_of(leaves));
  const auto index = *rc::gen::inRange<uint64_t>(0, size);
  RC_ASSERT(*inclusion_proof(index, size, nodes) == naive::path(index, leaves));
  const auto old = *rc::gen::inRange<uint64_t>(1, size + 1);
  RC_ASSERT(*consistency_proof(old, size, nodes) == naive::subproof(old, leaves, true));
}

RC_GTEST_PROP(Tile, WriterContinuesFromItsTiles, ()) {
  const auto size = *rc::gen::inRange<uint64_t>(0, 1100);
  TileMap map;
  TileWriter writer;
  for (uint64_t i = 0; i < size; ++i) writer.append(leaf(i));
  for (const auto& tile : writer.take_changed()) map.put(tile);
  auto restored = TileWriter::restore(size, map);
  RC_ASSERT(restored.has_value());
  RC_ASSERT(restored->root() == writer.root());
  for (uint64_t i = size; i < size + 300; ++i) {
    writer.append(leaf(i));
    restored->append(leaf(i));
  }
  RC_ASSERT(restored->root() == writer.root());
  const auto a = writer.take_changed();
  const auto b = restored->take_changed();
  RC_ASSERT(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) RC_ASSERT(a[i].address == b[i].address && a[i].hashes == b[i].hashes);
}

TEST(Tile, AProofReadsAHandfulOfTiles) {
  TileMap map;
  TileWriter writer;
  const uint64_t size = 70'000;  // three tile levels
  for (uint64_t i = 0; i < size; ++i) writer.append(leaf(i));
  for (const auto& tile : writer.take_changed()) map.put(tile);
  for (uint64_t index : {0ull, 255ull, 65'535ull, 65'536ull, 69'999ull}) {
    TileHashReader nodes(size, map);
    map.reads = 0;
    ASSERT_TRUE(inclusion_proof(index, size, nodes).has_value());
    EXPECT_LE(map.reads, 6u);  // the leaf's and the right edge's tile of each level
  }
}

TEST(Tile, MissingOrShortTilesAreErrors) {
  TileMap map;
  TileWriter writer;
  for (uint64_t i = 0; i < 300; ++i) writer.append(leaf(i));
  for (const auto& tile : writer.take_changed()) map.put(tile);
  map.tiles[{0, 1}].resize(43 * Digest::size);
  TileHashReader nodes(300, map);
  EXPECT_EQ(root_at(300, nodes).error().code, ErrorCode::corrupt);
  EXPECT_EQ(TileWriter::restore(300, map).error().code, ErrorCode::corrupt);
  map.tiles.erase({1, 0});
  EXPECT_EQ(TileWriter::restore(299, map).error().code, ErrorCode::corrupt);
}

TEST(EntryBundle, PrefixesEachEntryWithItsBigEndianLength) {
  Bytes bundle;
  append_to_bundle(bundle, "abc");
  append_to_bundle(bundle, "");
  append_to_bundle(bundle, Bytes(258, 'x'));
  EXPECT_EQ(bundle.substr(0, 7), Bytes("\0\3abc\0\0", 7));
  EXPECT_EQ(bundle.substr(7, 2), Bytes("\1\2", 2));
  EXPECT_EQ(*decode_bundle(bundle), (std::vector<Bytes>{"abc", "", Bytes(258, 'x')}));
}

TEST(EntryBundle, TruncatedOrOverlongBundlesAreRefused) {
  Bytes bundle;
  append_to_bundle(bundle, "abc");
  for (size_t size = 1; size < bundle.size(); ++size) {
    EXPECT_EQ(decode_bundle(bundle.substr(0, size)).error().code, ErrorCode::invalid) << size;
  }
  EXPECT_FALSE(decode_bundle(Bytes(2 * 257, '\0')).has_value());
  EXPECT_EQ(decode_bundle(Bytes(2 * 256, '\0'))->size(), 256u);
}

RC_GTEST_PROP(EntryBundle, ReadsBackAsWritten, (std::vector<std::string> entries)) {
  Bytes bundle;
  for (const auto& entry : entries) append_to_bundle(bundle, entry);
  RC_PRE(entries.size() <= 256u);
  RC_ASSERT(*decode_bundle(bundle) == entries);
}

}  // namespace
}  // namespace tcps::tlog
