// What a ledger entry can be found by, and the rows of the index table that make it so. Pure rules.
//
// The index table holds, per entry: one summary row, one row for its payload digest, and one item per thing
// it can be found by. Items of a thing are ordered by time, then entry; those that one group of entries adds
// within one second share a row, a posting: its key names the first item, its value the others. So a busy
// ledger writes few rows, and who reads a second reads all of its items. Values in keys are cut to a bounded
// length; the summary decides.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/line_message.h"
#include "messages/result.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {

struct EntryFacets {
  MessageKind kind{};
  std::string work_order;  // empty where none is concerned, and so for all that follow
  std::string stage;
  uint32_t attempt = 0;
  std::string status;        // of a receipt
  std::string failure_mode;  // "F3.1"
  std::string sku;
  std::string bucket;
  std::string node;
  Digest actor;         // id of the signing key
  int64_t time_ms = 0;  // by the signer's clock; 0: not said, the store takes the time of the entry before
  Digest payload_digest;
  Digest predecessor;  // payload digest of the message this one follows
  std::vector<Digest> artifacts;
  friend bool operator==(const EntryFacets&, const EntryFacets&) = default;
};

// How the stage went whose receipt the entry is; nothing for other kinds.
std::optional<ReceiptStatus> receipt_status(const EntryFacets& facets);

// What the message says of itself. Bucket and SKU stand in the acceptance only: who knows the work order adds
// them to its other entries.
EntryFacets facets_of(const LineMessage& message);

Bytes encode_facets(const EntryFacets& facets);
Result<EntryFacets> decode_facets(BytesView bytes);  // Errors: corrupt

// What the index rows are about; the letter begins their keys.
enum class IndexTag : char {
  work_order = 'w',
  stage = 's',
  bucket = 'b',
  sku = 'k',
  node = 'n',
  actor = 'a',
  status = 'u',
  failure_mode = 'm',
  kind = 'd',
  artifact = 'f',
  time = 't',
  predecessor = 'q',
  payload = 'p',
  summary = 'y',
};

struct TimeAndIndex {
  int64_t time_ms = 0;
  uint64_t index = 0;
  friend auto operator<=>(const TimeAndIndex&, const TimeAndIndex&) = default;
};

// Start of the keys of all postings for a value.
Bytes index_prefix(IndexTag tag, BytesView value);
// One item, and the key of a posting that it begins. Items of a prefix sort by time, then entry.
Bytes index_key(BytesView prefix, TimeAndIndex at);
std::optional<TimeAndIndex> parse_index_key(BytesView key);
// The items of a posting in order. Errors: corrupt.
Result<std::vector<TimeAndIndex>> items_of_posting(BytesView key, BytesView value);
// The first millisecond of the second that `time_ms` lies in.
int64_t start_of_second(int64_t time_ms);
Bytes payload_key(const Digest& payload);
Bytes summary_key(uint64_t index);

// What nearly every entry has alike is not worth a row: it is found by its time.
bool has_own_rows(IndexTag tag, std::string_view value);  // false: receipts, and those that are completed

// The rows that a group of entries adds to the index table, gathered in one piece of memory.
class IndexRows {
 public:
  void add(uint64_t index, const EntryFacets& facets);
  size_t items() const { return rows_.size(); }  // summaries and payload rows counted among them
  // In key order, which costs the store less to take in.
  void hand_over(const std::function<void(BytesView key, BytesView value)>& taker);

 private:
  struct Row {
    uint64_t start;  // of the key, as a number: decides most comparisons
    size_t at;
    uint32_t key_size, value_size;
    bool is_item = false;  // shares a posting with its neighbours
  };
  BytesView key(const Row& row) const { return BytesView(bytes_).substr(row.at, row.key_size); }
  size_t end_of_posting(size_t first) const;
  void begin_row(IndexTag tag, BytesView value);
  void end_key();
  void end_row();
  void add_row(IndexTag tag, BytesView value, TimeAndIndex at);

  Bytes bytes_;
  std::vector<Row> rows_;
};

Bytes big_endian(uint64_t number);
std::optional<uint64_t> from_big_endian(BytesView bytes);  // exactly 8 bytes

}  // namespace tcps::ledger
