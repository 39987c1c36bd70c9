#include "actors/ledger/tlog/tile.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/text.h"

namespace tcps::tlog {
namespace {

constexpr size_t path_length_max = 64;
constexpr std::string_view tiles_prefix = "tile/";
constexpr std::string_view entries_prefix = "tile/entries/";

// "x001/x234/067": three digits a group, all but the last marked with x.
std::string index_path(uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  while ((index /= 1000) != 0) path = fmt::format("x{:03}/{}", index % 1000, path);
  return path;
}

std::string width_suffix(uint32_t width) { return width == tile_width ? "" : fmt::format(".p/{}", width); }

tl::unexpected<Error> bad_path(std::string_view path) {
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not a tile path of C2SP tlog-tiles", path.substr(0, path_length_max)));
}

// "<N>[.p/<W>]". The caller compares the rewritten path, which settles leading zeros.
bool parse_index_and_width(std::string_view text, TileAddress& address) {
  if (const size_t mark = text.find(".p/"); mark != std::string_view::npos) {
    const auto width = whole_number<uint32_t>(text.substr(mark + 3));
    if (!width || *width == 0 || *width >= tile_width) return false;
    address.width = *width;
    text = text.substr(0, mark);
  }
  std::string digits(text);
  std::erase_if(digits, [](char c) { return c == 'x' || c == '/'; });
  const auto index = whole_number(digits);
  address.index = index.value_or(0);
  return index.has_value();
}

tl::unexpected<Error> short_tile(const TileAddress& address, size_t bytes) {
  return fail(ErrorCode::corrupt,
              fmt::format("{} has {} bytes instead of {}: rebuild this replica from a peer",
                          tile_path(address), bytes, address.width * Digest::size));
}

Digest hash_at(BytesView hashes, size_t offset) {
  return *Digest::from_raw(hashes.substr(offset * Digest::size, Digest::size));
}

// Root of `count` hashes from `offset` on; count is a power of two.
Digest subtree_root(BytesView hashes, size_t offset, size_t count) {
  if (count == 1) return hash_at(hashes, offset);
  return node_hash(subtree_root(hashes, offset, count / 2),
                   subtree_root(hashes, offset + count / 2, count / 2));
}

}  // namespace

std::string tile_path(const TileAddress& address) {
  return fmt::format("{}{}/{}{}", tiles_prefix, address.level, index_path(address.index),
                     width_suffix(address.width));
}

std::string entries_path(uint64_t index, uint32_t width) {
  return fmt::format("{}{}{}", entries_prefix, index_path(index), width_suffix(width));
}

Result<TileAddress> parse_tile_path(std::string_view path) {
  if (path.size() > path_length_max || !path.starts_with(tiles_prefix)) return bad_path(path);
  const std::string_view rest = path.substr(tiles_prefix.size());
  const size_t slash = rest.find('/');
  TileAddress address;
  const auto level = whole_number<uint32_t>(rest.substr(0, slash));
  if (slash == std::string_view::npos || !level || *level > tile_level_max) return bad_path(path);
  address.level = *level;
  if (!parse_index_and_width(rest.substr(slash + 1), address) || tile_path(address) != path)
    return bad_path(path);
  return address;
}

Result<TileAddress> parse_entries_path(std::string_view path) {
  if (path.size() > path_length_max || !path.starts_with(entries_prefix)) return bad_path(path);
  TileAddress address;
  if (!parse_index_and_width(path.substr(entries_prefix.size()), address) ||
      entries_path(address.index, address.width) != path) {
    return bad_path(path);
  }
  return address;
}

uint32_t width_at(uint32_t level, uint64_t index, uint64_t size) {
  TCPS_CHECK(level <= tile_level_max);
  const uint64_t hashes = size >> (tile_height * level);
  if (index > (hashes >> tile_height)) return 0;
  return static_cast<uint32_t>(std::min<uint64_t>(tile_width, hashes - (index << tile_height)));
}

void append_to_bundle(Bytes& bundle, BytesView entry) {
  TCPS_CHECK(entry.size() <= 0xffff);
  bundle.push_back(static_cast<char>(entry.size() >> 8));
  bundle.push_back(static_cast<char>(entry.size() & 0xff));
  bundle.append(entry);
}

Result<std::vector<Bytes>> decode_bundle(BytesView bundle) {
  std::vector<Bytes> entries;
  while (!bundle.empty()) {
    if (entries.size() == tile_width)
      return fail(ErrorCode::invalid, "the entry bundle holds more than 256 entries");
    if (bundle.size() < 2) return fail(ErrorCode::invalid, "the entry bundle ends inside a length");
    const size_t size = static_cast<uint8_t>(bundle[0]) * 256u + static_cast<uint8_t>(bundle[1]);
    bundle.remove_prefix(2);
    if (bundle.size() < size) return fail(ErrorCode::invalid, "the entry bundle ends inside an entry");
    entries.emplace_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  return entries;
}

Digest full_tile_root(BytesView hashes) {
  TCPS_CHECK(hashes.size() == tile_width * Digest::size);
  return subtree_root(hashes, 0, tile_width);
}

Result<Digest> TileHashReader::node(NodeAddress address) {
  const uint32_t level = address.level / tile_height;
  const uint32_t height = address.level % tile_height;
  const uint64_t first = address.index << height;  // in hashes of the tile's level
  auto hashes = TCPS_TRY(load(level, first >> tile_height));
  const size_t offset = first % tile_width;
  const size_t count = size_t{1} << height;
  TCPS_CHECK(((first + count) << (tile_height * level)) <= size_);
  return subtree_root(*hashes, offset, count);
}

Result<const Bytes*> TileHashReader::load(uint32_t level, uint64_t index) {
  const auto key = std::make_pair(level, index);
  if (auto found = loaded_.find(key); found != loaded_.end()) return &found->second;
  const TileAddress address{level, index, width_at(level, index, size_)};
  auto hashes = TCPS_TRY(tiles_.tile(address));
  if (hashes.size() < address.width * Digest::size) return short_tile(address, hashes.size());
  return &loaded_.emplace(key, std::move(hashes)).first->second;
}

Result<TileWriter> TileWriter::restore(uint64_t size, TileReader& tiles) {
  TileWriter writer;
  TileHashReader nodes(size, tiles);
  std::vector<Digest> frontier;
  for (const NodeAddress& address : frontier_addresses(size)) {
    auto hash = TCPS_TRY(nodes.node(address));
    frontier.push_back(hash);
  }
  writer.range_ = *CompactRange::restore(size, std::move(frontier));
  for (uint32_t level = 0; level <= tile_level_max && (size >> (tile_height * level)) != 0; ++level) {
    const uint64_t index = (size >> (tile_height * level)) >> tile_height;
    TileAddress address{level, index, width_at(level, index, size)};
    Bytes hashes;
    if (address.width != 0) {
      auto stored = TCPS_TRY(tiles.tile(address));
      if (stored.size() < address.width * Digest::size) return short_tile(address, stored.size());
      hashes = stored.substr(0, address.width * Digest::size);
    }
    writer.edge_.push_back({address, std::move(hashes)});
    writer.edge_changed_.push_back(false);
  }
  return writer;
}

void TileWriter::append(const Digest& leaf_hash) {
  range_.append(leaf_hash, [this](NodeAddress address, const Digest& hash) {
    if (address.level % tile_height == 0) add({address.level / tile_height, address.index}, hash);
  });
}

// `address.level` counts tile levels here.
void TileWriter::add(NodeAddress address, const Digest& hash) {
  if (edge_.size() == address.level) {
    edge_.push_back({{address.level, 0, 0}, {}});
    edge_changed_.push_back(false);
  }
  Tile& tile = edge_[address.level];
  TCPS_CHECK(address.index == tile.address.index * tile_width + tile.address.width);
  tile.hashes.append(hash.raw());
  ++tile.address.width;
  edge_changed_[address.level] = true;
  if (tile.address.width < tile_width) return;
  const TileAddress next{address.level, tile.address.index + 1, 0};
  filled_.push_back(std::exchange(tile, {next, {}}));
  edge_changed_[address.level] = false;
}

std::vector<TileWriter::Tile> TileWriter::take_changed() {
  std::vector<Tile> changed = std::exchange(filled_, {});
  for (size_t level = 0; level < edge_.size(); ++level) {
    if (edge_changed_[level]) changed.push_back(edge_[level]);
    edge_changed_[level] = false;
  }
  return changed;
}

}  // namespace tcps::tlog
