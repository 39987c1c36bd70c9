#include "actors/ledger/chain/stored_entry.h"

#include <fmt/format.h>

namespace tcps::ledger {
namespace {

constexpr size_t check_size = 8;

// The wire form of a field with bytes: number and type, length, bytes.
constexpr char envelope_tag = static_cast<char>(proto::LedgerEntry::kEnvelopeFieldNumber << 3 | 2);

Bytes check_of(BytesView bytes) { return Bytes(Digest::of(bytes).raw().substr(0, check_size)); }

void append_length(Bytes& bytes, size_t length) {
  for (; length >= 0x80; length >>= 7) bytes.push_back(static_cast<char>(length | 0x80));
  bytes.push_back(static_cast<char>(length));
}

}  // namespace

Bytes encode_entry(const proto::LedgerEntry& entry) {
  const Bytes bytes = entry.SerializeAsString();
  return check_of(bytes) + bytes;
}

Bytes encode_entry(const proto::LedgerEntry& entry, BytesView envelope) {
  Bytes bytes(check_size, '\0');
  bytes.reserve(check_size + entry.ByteSizeLong() + envelope.size() + 8);
  TCPS_CHECK(entry.envelope().empty() && entry.AppendToString(&bytes));
  bytes.push_back(envelope_tag);
  append_length(bytes, envelope.size());
  bytes.append(envelope);
  bytes.replace(0, check_size, check_of(BytesView(bytes).substr(check_size)));
  return bytes;
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
