#include "actors/ledger/store/entry_index.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <limits>

#include "actors/ledger/store/ledger_records.pb.h"
#include "messages/iso8601.h"

namespace tcps::ledger {
namespace {

constexpr size_t key_value_bytes_max = 128;
constexpr uint64_t time_bias = 1ull << 63;  // so that signed times sort as bytes
constexpr size_t item_bytes = 16;           // of a key, for its time and entry

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

Digest digest_or_none(std::string_view text) { return Digest::parse(text).value_or(Digest{}); }

// When it happened, under the name that this type of message has for it; empty when it does not say.
template <class Message>
std::string_view time_of(const Message& message) {
  if constexpr (requires { message.ended_at(); }) {
    return message.ended_at().empty() ? message.timestamp() : message.ended_at();
  } else if constexpr (requires { message.at(); }) {
    return message.at();
  } else if constexpr (requires { message.raised_at(); }) {
    return message.raised_at();
  } else if constexpr (requires { message.created(); }) {
    return message.created();
  } else {
    return {};
  }
}

// What types of message have in common, where they have it.
template <class Message>
void add_common(const Message& message, EntryFacets& facets) {
  if constexpr (requires { message.work_order_id(); }) facets.work_order = message.work_order_id();
  if constexpr (requires { message.stage(); }) facets.stage = message.stage();
  if constexpr (requires { message.attempt(); }) facets.attempt = message.attempt();
  if constexpr (requires { message.status(); }) facets.status = message.status();
  if constexpr (requires { message.mode(); }) facets.failure_mode = message.mode();
  if constexpr (requires { message.sku(); }) facets.sku = message.sku();
  if constexpr (requires { message.node(); }) facets.node = message.node();
  if constexpr (requires { message.predecessor(); })
    facets.predecessor = digest_or_none(message.predecessor());
  if constexpr (requires { message.cause(); }) facets.predecessor = digest_or_none(message.cause());
  facets.time_ms = parse_iso8601(time_of(message)).value_or(0);
}

template <class Message>
void add_specific(const Message&, EntryFacets&) {}

void add_specific(const proto::Acceptance& message, EntryFacets& facets) {
  const proto::WorkOrder& order = message.work_order();
  facets.work_order = order.id();
  facets.sku = order.sku();
  facets.bucket = order.bucket();
  facets.time_ms = parse_iso8601(order.created()).value_or(0);
}

void add_specific(const proto::Receipt& message, EntryFacets& facets) {
  facets.failure_mode = message.failure().mode();
  if (const Digest manifest = digest_or_none(message.manifest()); !manifest.empty())
    facets.artifacts.push_back(manifest);
}

void add_specific(const proto::Dispatch& message, EntryFacets& facets) {
  facets.stage = message.next().stage();
}

Digest digest_of_raw(const std::string& raw, bool& good) {
  if (raw.empty()) return {};
  const auto digest = Digest::from_raw(raw);
  good = good && digest.has_value();
  return digest.value_or(Digest{});
}

BytesView raw_or_empty(const Digest& digest) { return digest.empty() ? BytesView() : digest.raw(); }

// An item of a posting, by what it is further than the one before.
void append_item(Bytes& bytes, TimeAndIndex before, TimeAndIndex item) {
  uint8_t room[20];
  uint8_t* end =
      CodedOutputStream::WriteVarint64ToArray(static_cast<uint64_t>(item.time_ms - before.time_ms), room);
  end = CodedOutputStream::WriteVarint64ToArray(
      WireFormatLite::ZigZagEncode64(static_cast<int64_t>(item.index - before.index)), end);
  bytes.append(reinterpret_cast<const char*>(room), static_cast<size_t>(end - room));
}

void append_big_endian(Bytes& bytes, uint64_t number) {
  char digits[8];
  for (size_t i = 8; i-- > 0; number >>= 8) digits[i] = static_cast<char>(number & 0xff);
  bytes.append(digits, sizeof digits);
}

}  // namespace

std::optional<ReceiptStatus> receipt_status(const EntryFacets& facets) {
  if (facets.kind != MessageKind::receipt) return std::nullopt;
  return find_word<ReceiptStatus>(facets.status);
}

Bytes big_endian(uint64_t number) {
  Bytes bytes;
  append_big_endian(bytes, number);
  return bytes;
}

std::optional<uint64_t> from_big_endian(BytesView bytes) {
  if (bytes.size() != 8) return std::nullopt;
  uint64_t number = 0;
  for (char c : bytes) number = (number << 8) | static_cast<uint8_t>(c);
  return number;
}

EntryFacets facets_of(const LineMessage& message) {
  EntryFacets facets;
  facets.kind = kind_of(message.predicate);
  facets.payload_digest = message.payload_digest;
  if (!message.envelope.signatures.empty())
    facets.actor = digest_or_none(message.envelope.signatures[0].key_id);
  std::visit(
      [&](const auto& predicate) {
        add_common(predicate, facets);
        add_specific(predicate, facets);
      },
      message.predicate);
  for (const StatementSubject& subject : message.subjects) facets.artifacts.push_back(subject.digest);
  std::sort(facets.artifacts.begin(), facets.artifacts.end());
  facets.artifacts.erase(std::unique(facets.artifacts.begin(), facets.artifacts.end()),
                         facets.artifacts.end());
  return facets;
}

Bytes encode_facets(const EntryFacets& facets) {
  proto::LedgerEntryFacets record;
  record.set_kind(std::string(to_string(facets.kind)));
  record.set_work_order(facets.work_order);
  record.set_stage(facets.stage);
  record.set_attempt(facets.attempt);
  record.set_status(facets.status);
  record.set_failure_mode(facets.failure_mode);
  record.set_sku(facets.sku);
  record.set_bucket(facets.bucket);
  record.set_node(facets.node);
  record.set_actor(std::string(raw_or_empty(facets.actor)));
  record.set_time_ms(facets.time_ms);
  record.set_payload_digest(std::string(raw_or_empty(facets.payload_digest)));
  record.set_predecessor(std::string(raw_or_empty(facets.predecessor)));
  for (const Digest& artifact : facets.artifacts) record.add_artifacts(std::string(artifact.raw()));
  return record.SerializeAsString();
}

Result<EntryFacets> decode_facets(BytesView bytes) {
  proto::LedgerEntryFacets record;
  bool good = record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  EntryFacets facets;
  const auto kind = find_word<MessageKind>(record.kind());
  good = good && kind;
  facets.kind = kind.value_or(MessageKind{});
  facets.work_order = record.work_order();
  facets.stage = record.stage();
  facets.attempt = record.attempt();
  facets.status = record.status();
  facets.failure_mode = record.failure_mode();
  facets.sku = record.sku();
  facets.bucket = record.bucket();
  facets.node = record.node();
  facets.actor = digest_of_raw(record.actor(), good);
  facets.time_ms = record.time_ms();
  facets.payload_digest = digest_of_raw(record.payload_digest(), good);
  facets.predecessor = digest_of_raw(record.predecessor(), good);
  for (const auto& artifact : record.artifacts()) facets.artifacts.push_back(digest_of_raw(artifact, good));
  if (!good)
    return fail(ErrorCode::corrupt, "the summary of an entry is malformed: rebuild this replica from a peer");
  return facets;
}

Bytes index_prefix(IndexTag tag, BytesView value) {
  Bytes prefix(1, static_cast<char>(tag));
  prefix.append(value.substr(0, key_value_bytes_max));
  prefix.push_back('\0');
  return prefix;
}

Bytes index_key(BytesView prefix, TimeAndIndex at) {
  Bytes key(prefix);
  key.append(big_endian(static_cast<uint64_t>(at.time_ms) ^ time_bias));
  key.append(big_endian(at.index));
  return key;
}

std::optional<TimeAndIndex> parse_index_key(BytesView key) {
  if (key.size() < 16) return std::nullopt;
  const uint64_t time = *from_big_endian(key.substr(key.size() - 16, 8));
  return TimeAndIndex{static_cast<int64_t>(time ^ time_bias), *from_big_endian(key.substr(key.size() - 8))};
}

int64_t start_of_second(int64_t time_ms) {
  const int64_t into = ((time_ms % 1000) + 1000) % 1000;
  return time_ms < std::numeric_limits<int64_t>::min() + into ? time_ms : time_ms - into;
}

Result<std::vector<TimeAndIndex>> items_of_posting(BytesView key, BytesView value) {
  const auto corrupt = [] {
    return fail(ErrorCode::corrupt,
                "ledger: a posting of the index is malformed: rebuild this replica from a peer");
  };
  const auto first = parse_index_key(key);
  if (!first) return corrupt();
  std::vector<TimeAndIndex> items{*first};
  CodedInputStream in(reinterpret_cast<const uint8_t*>(value.data()), static_cast<int>(value.size()));
  while (static_cast<size_t>(in.CurrentPosition()) < value.size()) {
    uint64_t later_ms = 0, further = 0;
    if (!in.ReadVarint64(&later_ms) || !in.ReadVarint64(&further) || later_ms >= 1000) return corrupt();
    const TimeAndIndex& before = items.back();
    items.push_back({before.time_ms + static_cast<int64_t>(later_ms),
                     before.index + static_cast<uint64_t>(WireFormatLite::ZigZagDecode64(further))});
    if (!(items[items.size() - 2] < items.back()) ||
        start_of_second(items.back().time_ms) != start_of_second(first->time_ms))
      return corrupt();
  }
  return items;
}

Bytes payload_key(const Digest& payload) {
  return static_cast<char>(IndexTag::payload) + Bytes(payload.raw());
}

Bytes summary_key(uint64_t index) { return static_cast<char>(IndexTag::summary) + big_endian(index); }

bool has_own_rows(IndexTag tag, std::string_view value) {
  if (tag == IndexTag::kind) return value != to_string(MessageKind::receipt);
  if (tag == IndexTag::status) return value != to_string(ReceiptStatus::completed);
  return true;
}

void IndexRows::begin_row(IndexTag tag, BytesView value) {
  rows_.push_back({0, bytes_.size(), 0, 0});
  bytes_.push_back(static_cast<char>(tag));
  bytes_.append(value);
}

void IndexRows::end_key() {
  Row& row = rows_.back();
  row.key_size = static_cast<uint32_t>(bytes_.size() - row.at);
  const BytesView start = key(row).substr(0, 8);
  for (size_t i = 0; i < 8; ++i)
    row.start = row.start << 8 | (i < start.size() ? static_cast<uint8_t>(start[i]) : 0);
}

void IndexRows::end_row() {
  Row& row = rows_.back();
  row.value_size = static_cast<uint32_t>(bytes_.size() - row.at - row.key_size);
}

void IndexRows::add_row(IndexTag tag, BytesView value, TimeAndIndex at) {
  if (value.empty() && tag != IndexTag::time) return;
  if (!has_own_rows(tag, value)) return;
  begin_row(tag, value.substr(0, key_value_bytes_max));
  bytes_.push_back('\0');
  append_big_endian(bytes_, static_cast<uint64_t>(at.time_ms) ^ time_bias);
  append_big_endian(bytes_, at.index);
  end_key();
  rows_.back().is_item = true;
}

void IndexRows::add(uint64_t index, const EntryFacets& facets) {
  begin_row(IndexTag::summary, {});
  append_big_endian(bytes_, index);
  end_key();
  bytes_.append(encode_facets(facets));
  end_row();
  begin_row(IndexTag::payload, facets.payload_digest.raw());
  end_key();
  append_big_endian(bytes_, index);
  end_row();

  const TimeAndIndex at{facets.time_ms, index};
  add_row(IndexTag::time, {}, at);
  add_row(IndexTag::kind, to_string(facets.kind), at);
  add_row(IndexTag::work_order, facets.work_order, at);
  add_row(IndexTag::stage, facets.stage, at);
  add_row(IndexTag::status, facets.status, at);
  add_row(IndexTag::failure_mode, facets.failure_mode, at);
  add_row(IndexTag::sku, facets.sku, at);
  add_row(IndexTag::bucket, facets.bucket, at);
  add_row(IndexTag::node, facets.node, at);
  add_row(IndexTag::actor, raw_or_empty(facets.actor), at);
  for (const Digest& artifact : facets.artifacts) add_row(IndexTag::artifact, artifact.raw(), at);
  // A receipt follows a message of its own work order, and is found among those.
  if (facets.kind != MessageKind::receipt)
    add_row(IndexTag::predecessor, raw_or_empty(facets.predecessor), at);
}

// Behind the last of the rows that share a posting with the one at `first`: same prefix, same second.
size_t IndexRows::end_of_posting(size_t first) const {
  size_t end = first + 1;
  if (!rows_[first].is_item) return end;
  const BytesView key = this->key(rows_[first]);
  const BytesView prefix = key.substr(0, key.size() - item_bytes);
  const int64_t second = start_of_second(parse_index_key(key)->time_ms);
  for (; end < rows_.size() && rows_[end].is_item && rows_[end].key_size == key.size(); ++end) {
    const BytesView next = this->key(rows_[end]);
    if (!next.starts_with(prefix) || start_of_second(parse_index_key(next)->time_ms) != second) break;
  }
  return end;
}

void IndexRows::hand_over(const std::function<void(BytesView, BytesView)>& taker) {
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    return a.start != b.start ? a.start < b.start : key(a) < key(b);
  });
  Bytes others;
  for (size_t first = 0, end = 0; first < rows_.size(); first = end) {
    const Row& row = rows_[first];
    end = end_of_posting(first);
    if (end == first + 1) {
      taker(key(row), BytesView(bytes_).substr(row.at + row.key_size, row.value_size));
      continue;
    }
    others.clear();
    for (size_t i = first + 1; i < end; ++i)
      append_item(others, *parse_index_key(key(rows_[i - 1])), *parse_index_key(key(rows_[i])));
    taker(key(row), others);
  }
}

}  // namespace tcps::ledger
