#include "actors/ledger/stored_entry.h"

#include <fmt/format.h>

namespace tcps::ledger {
namespace {

constexpr size_t check_size = 8;

Bytes check_of(BytesView bytes) { return Bytes(Digest::of(bytes).raw().substr(0, check_size)); }

}  // namespace

Bytes encode_entry(const proto::LedgerEntry& entry) {
  const Bytes bytes = entry.SerializeAsString();
  return check_of(bytes) + bytes;
}

Result<proto::LedgerEntry> decode_entry(uint64_t index, BytesView stored) {
  const auto corrupt = [&](std::string_view why) {
    return fail(ErrorCode::corrupt,
                fmt::format("entry {} {}: restore this replica from a peer or a backup", index, why));
  };
  if (stored.size() < check_size || check_of(stored.substr(check_size)) != stored.substr(0, check_size)) {
    return corrupt("has stored bytes that do not match their check value");
  }
  stored.remove_prefix(check_size);
  proto::LedgerEntry entry;
  if (!entry.ParseFromArray(stored.data(), static_cast<int>(stored.size()))) return corrupt("is malformed");
  if (entry.index() != index) return corrupt(fmt::format("carries the number {}", entry.index()));
  return entry;
}

}  // namespace tcps::ledger
