#include "actors/ledger/store/index_check.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "actors/ledger/store/entry_index.h"

namespace tcps::ledger {
namespace {

__extension__ typedef unsigned __int128 Wide;

uint64_t fold(uint64_t a, uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t mix(uint64_t state, BytesView bytes) {
  state = fold(state ^ bytes.size(), 0x9e3779b97f4a7c15u);
  while (!bytes.empty()) {
    uint64_t word = 0;
    const size_t taken = std::min<size_t>(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), taken);
    state = fold(state ^ word, 0xd6e8feb86659fd93u) + state;
    bytes.remove_prefix(taken);
  }
  return state;
}

tl::unexpected<Error> corrupt_index(const std::string& what) {
  return fail(ErrorCode::corrupt, fmt::format("the index {}: rebuild this replica from a peer", what));
}

bool is_posting(BytesView key) {
  const auto tag = key.empty() ? IndexTag::summary : static_cast<IndexTag>(key.front());
  return tag != IndexTag::summary && tag != IndexTag::payload;
}

// The entry that a summary or payload row is about; nothing when the row has no known form.
std::optional<uint64_t> entry_of(BytesView key, BytesView value) {
  if (key.empty()) return std::nullopt;
  if (static_cast<IndexTag>(key.front()) == IndexTag::summary) return from_big_endian(key.substr(1));
  return key.size() == 1 + Digest::size ? from_big_endian(value) : std::nullopt;
}

}  // namespace

void IndexCheck::add(Sum& sum, BytesView key, BytesView value) const {
  sum.first += mix(mix(seed_.first, key), value);
  sum.second += mix(mix(seed_.second, key), value);
}

Status IndexCheck::take(BytesView key, BytesView value) {
  if (is_posting(key)) return take_posting(key, value);
  const auto index = entry_of(key, value);
  if (!index) return corrupt_index(fmt::format("has a malformed row {}", to_hex(key.substr(0, 64))));
  if (*index >= size_) return {};
  ++items_;
  add(there_, key, value);
  if (static_cast<IndexTag>(key.front()) != IndexTag::summary) return {};
  ++summaries_;
  const auto facets = decode_facets(value);
  if (!facets) return corrupt_index(fmt::format("has a malformed summary of entry {}", *index));
  IndexRows rows;
  rows.add(*index, *facets);
  items_due_ += rows.items();
  rows.hand_over([this](BytesView due_key, BytesView due_value) { add(due_, due_key, due_value); });
  return {};
}

// How items are spread over postings depends on the groups they came in: what counts are the items, each as
// the posting of its own that one entry alone would make.
Status IndexCheck::take_posting(BytesView key, BytesView value) {
  const auto items = items_of_posting(key, value);
  if (!items) return corrupt_index(fmt::format("has a malformed row {}", to_hex(key.substr(0, 64))));
  const BytesView prefix = key.substr(0, key.size() - index_key({}, {}).size());
  for (const TimeAndIndex& item : *items) {
    if (item.index >= size_) continue;
    ++items_;
    add(there_, index_key(prefix, item), {});
  }
  return {};
}

Status IndexCheck::finish() const {
  if (summaries_ != size_)
    return corrupt_index(fmt::format("has summaries of {} of {} entries", summaries_, size_));
  if (items_ == items_due_ && there_ == due_) return {};
  return corrupt_index(
      fmt::format("has {} items where its entries call for {}, or other ones", items_, items_due_));
}

}  // namespace tcps::ledger
