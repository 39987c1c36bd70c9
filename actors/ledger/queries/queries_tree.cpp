// Queries that hand out the tree itself, so that a gateway can serve it as C2SP tlog-tiles files: tiles, and
// the entries below them as bundles.
#include <fmt/format.h>

#include <algorithm>

#include "actors/ledger/queries/queries_parts.h"

namespace tcps::ledger::queries {
namespace {

using nlohmann::json;

// Base64 makes four bytes of three; the rest of the reply is small.
constexpr size_t bundle_bytes_max = (reply_bytes_max - (16u << 10)) / 4 * 3;

// Entries from `from` on, as many of `limit` as fit, each checked against its leaf hash in the tree.
struct EntryBundle {
  Bytes bytes;
  uint64_t count = 0;
};

Status add_entries(LedgerStore& store, uint64_t from, uint64_t to, EntryBundle& bundle) {
  const uint64_t tile_index = from / tlog::tile_width;
  const auto width = static_cast<uint32_t>(to - tile_index * tlog::tile_width);
  auto leaves = TCPS_TRY(store.tile({0, tile_index, width}));
  Status found;
  auto read = store.entries(from, to, [&](const StoredEntry& one) {
    if (!one.entry) {
      found = fail(one.entry.error());
      return false;
    }
    const Bytes& envelope = one.entry->envelope();
    const size_t at = (one.index % tlog::tile_width) * Digest::size;
    if (tlog::leaf_hash(envelope).raw() != BytesView(leaves).substr(at, Digest::size)) {
      found =
          fail(ErrorCode::corrupt, fmt::format("entry {} is not the leaf that the tree holds", one.index));
      return false;
    }
    if (bundle.count > 0 && bundle.bytes.size() + 2 + envelope.size() > bundle_bytes_max) return false;
    tlog::append_to_bundle(bundle.bytes, envelope);
    ++bundle.count;
    return true;
  });
  return read ? found : read;
}

}  // namespace

QueryReply tile(const Sources& sources, Fields& fields) {
  tlog::TileAddress address;
  address.level = static_cast<uint32_t>(fields.number("level", 0, tlog::tile_level_max));
  address.index = fields.number("index", 0, UINT64_MAX);
  address.width = static_cast<uint32_t>(fields.number("width", tlog::tile_width, tlog::tile_width));
  TCPS_TRY(fields.status());
  auto hashes = TCPS_TRY(sources.store.tile(address));
  return json{{"path", tlog::tile_path(address)}, {"hashes", to_base64(hashes)}};
}

QueryReply entry_bundle(const Sources& sources, Fields& fields) {
  const uint64_t from = fields.number("from", 0, UINT64_MAX);
  const uint64_t limit = fields.number("limit", tlog::tile_width, tlog::tile_width);
  TCPS_TRY(fields.status());
  if (limit == 0) return fail(ErrorCode::invalid, "'limit' must be at least 1");
  const uint64_t size = sources.store.head().size;
  if (from >= size)
    return fail(ErrorCode::not_found, fmt::format("there is no entry {}: the ledger has {}", from, size));
  const uint64_t tile_end = from - from % tlog::tile_width + tlog::tile_width;  // wraps at the last tile
  const uint64_t to =
      std::min({size, tile_end == 0 ? size : tile_end, size - from < limit ? size : from + limit});
  EntryBundle bundle;
  TCPS_TRY(add_entries(sources.store, from, to, bundle));
  return json{{"from", from}, {"count", bundle.count}, {"bundle", to_base64(bundle.bytes)}};
}

}  // namespace tcps::ledger::queries
