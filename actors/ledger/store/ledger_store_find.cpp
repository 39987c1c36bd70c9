// LedgerStore's reading of many things: ranges, indexes, pages.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "actors/ledger/store/checked_row.h"
#include "actors/ledger/store/ledger_store.h"

namespace tcps::ledger {
namespace {

constexpr size_t rows_examined_max = 50'000;    // per call of find()
constexpr size_t related_entries_max = 10'000;  // of one work order or predecessor
constexpr size_t page_key_size = 16;

constexpr int64_t earliest = std::numeric_limits<int64_t>::min();
constexpr int64_t latest = std::numeric_limits<int64_t>::max();
constexpr uint64_t last_index = std::numeric_limits<uint64_t>::max();

bool matches(std::string_view wanted, std::string_view value) { return wanted.empty() || wanted == value; }

bool matches(const Query& query, const EntryFacets& facets) {
  const bool artifact_matches =
      query.artifact.empty() ||
      std::find(facets.artifacts.begin(), facets.artifacts.end(), query.artifact) != facets.artifacts.end();
  return matches(query.work_order, facets.work_order) && matches(query.stage, facets.stage) &&
         matches(query.status, facets.status) && matches(query.failure_mode, facets.failure_mode) &&
         matches(query.sku, facets.sku) && matches(query.bucket, facets.bucket) &&
         matches(query.node, facets.node) && matches(query.kind, to_string(facets.kind)) &&
         (query.actor.empty() || query.actor == facets.actor) && artifact_matches;
}

// The index rows to walk: those of the most telling condition, or of time when there is none.
Bytes driving_prefix(const Query& query) {
  if (!query.artifact.empty()) return index_prefix(IndexTag::artifact, query.artifact.raw());
  if (!query.work_order.empty()) return index_prefix(IndexTag::work_order, query.work_order);
  if (!query.failure_mode.empty()) return index_prefix(IndexTag::failure_mode, query.failure_mode);
  if (!query.actor.empty()) return index_prefix(IndexTag::actor, query.actor.raw());
  if (!query.node.empty()) return index_prefix(IndexTag::node, query.node);
  if (!query.stage.empty()) return index_prefix(IndexTag::stage, query.stage);
  if (!query.kind.empty() && has_own_rows(IndexTag::kind, query.kind))
    return index_prefix(IndexTag::kind, query.kind);
  if (!query.bucket.empty()) return index_prefix(IndexTag::bucket, query.bucket);
  if (!query.sku.empty()) return index_prefix(IndexTag::sku, query.sku);
  if (!query.status.empty() && has_own_rows(IndexTag::status, query.status))
    return index_prefix(IndexTag::status, query.status);
  return index_prefix(IndexTag::time, {});
}

// The smallest key above `key`.
Bytes just_after(Bytes key) {
  key.push_back('\0');
  return key;
}

TimeAndIndex item_after(TimeAndIndex item) {
  return item.index == last_index ? TimeAndIndex{item.time_ms + 1, 0}
                                  : TimeAndIndex{item.time_ms, item.index + 1};
}
TimeAndIndex item_before(TimeAndIndex item) {
  return item.index == 0 ? TimeAndIndex{item.time_ms - 1, last_index}
                         : TimeAndIndex{item.time_ms, item.index - 1};
}

// The items that a query's page is looked for among.
Result<ItemRange> range_of(const Query& query) {
  ItemRange range{{query.time_from_ms.value_or(earliest), 0},
                  {query.time_to_ms.value_or(latest), last_index},
                  query.newest_first};
  if (query.page.empty()) return range;
  const auto token = from_hex(query.page);
  const auto reached = token && token->size() == page_key_size ? parse_index_key(*token) : std::nullopt;
  if (!reached) {
    return fail(ErrorCode::invalid,
                "ledger: the page token is not one of this query: start again without one");
  }
  if (query.newest_first) {
    range.to = std::min(range.to, item_before(*reached));
  } else {
    range.from = std::max(range.from, item_after(*reached));
  }
  return range;
}

// Puts the items of postings in order: those of one second, which no other second's can stand among.
class OrderedItems {
 public:
  OrderedItems(const ItemRange& range, const std::function<bool(TimeAndIndex)>& visitor)
      : range_(range), visitor_(visitor) {}

  // Postings in the order of their keys, or the reverse. False: enough.
  bool take(const std::vector<TimeAndIndex>& posting) {
    if (!second_.empty() &&
        start_of_second(second_.front().time_ms) != start_of_second(posting.front().time_ms) && !flush())
      return false;
    second_.insert(second_.end(), posting.begin(), posting.end());
    return true;
  }
  bool flush() {
    std::sort(second_.begin(), second_.end());
    if (range_.backwards) std::reverse(second_.begin(), second_.end());
    const bool go_on = std::all_of(second_.begin(), second_.end(), [&](TimeAndIndex item) {
      return item < range_.from || range_.to < item || visitor_(item);
    });
    second_.clear();
    return go_on;
  }

 private:
  const ItemRange& range_;
  const std::function<bool(TimeAndIndex)>& visitor_;
  std::vector<TimeAndIndex> second_;
};

}  // namespace

Status LedgerStore::entries(uint64_t from, uint64_t to, const EntryVisitor& visitor) {
  TCPS_TRY(health());
  uint64_t due = from;
  bool ended = false;
  const auto hand_over_missing = [&](uint64_t until) {
    for (; due < until && !ended; ++due) {
      ended = !visitor({due, fail(ErrorCode::corrupt, fmt::format("entry {} is missing", due))});
    }
  };
  to = std::min(to, head().size);
  if (from >= to) return {};
  const ScanRange range{big_endian(from), big_endian(to), false, true};
  auto scanned = watch(tables_->scan(Table::entries, range, [&](BytesView key, BytesView value) {
    const auto index = from_big_endian(key);
    if (!index) return true;  // not an entry's key
    hand_over_missing(*index);
    if (!ended) ended = !visitor({*index, decode_entry(*index, value)});
    due = *index + 1;
    return !ended;
  }));
  if (!scanned) return scanned;
  hand_over_missing(to);
  return {};
}

Result<EntrySummary> LedgerStore::summary(uint64_t index) {
  TCPS_TRY(health());
  auto stored = TCPS_TRY(watch(tables_->get(Table::indexes, summary_key(index))));
  if (!stored) return fail(ErrorCode::not_found, fmt::format("ledger: there is no entry {}", index));
  auto facets = TCPS_TRY(watch(decode_facets(*stored)));
  return EntrySummary{index, std::move(facets)};
}

Status LedgerStore::scan_items(const Bytes& prefix, const ItemRange& range,
                               const std::function<bool(TimeAndIndex)>& visitor) {
  if (range.to < range.from) return {};
  const ScanRange rows{index_key(prefix, {start_of_second(range.from.time_ms), 0}),
                       just_after(index_key(prefix, range.to)), range.backwards, false};
  OrderedItems items(range, visitor);
  std::optional<Error> error;
  bool go_on = true;
  TCPS_TRY(watch(tables_->scan(Table::indexes, rows, [&](BytesView key, BytesView value) {
    if (key.size() != prefix.size() + page_key_size) return true;
    const auto posting = items_of_posting(key, value);
    if (!posting) error = posting.error();
    return go_on = posting && items.take(*posting);
  })));
  if (error) return watch(Status(fail(std::move(*error))));
  if (go_on) items.flush();
  return {};
}

Result<std::vector<EntrySummary>> LedgerStore::summaries_under(const Bytes& prefix) {
  std::vector<uint64_t> found;
  TCPS_TRY(scan_items(prefix, {{earliest, 0}, {latest, last_index}, false}, [&](TimeAndIndex item) {
    found.push_back(item.index);
    return found.size() <= related_entries_max;
  }));
  if (found.size() > related_entries_max) {
    return fail(ErrorCode::full,
                fmt::format("ledger: more than {} entries: ask for pages with find()", related_entries_max));
  }
  std::sort(found.begin(), found.end());
  std::vector<EntrySummary> summaries;
  for (uint64_t index : found) {
    auto one = TCPS_TRY(summary(index));
    summaries.push_back(std::move(one));
  }
  return summaries;
}

Result<std::vector<EntrySummary>> LedgerStore::of_work_order(const std::string& work_order) {
  TCPS_TRY(health());
  auto summaries = summaries_under(index_prefix(IndexTag::work_order, work_order));
  if (summaries)
    std::erase_if(*summaries, [&](const EntrySummary& s) { return s.facets.work_order != work_order; });
  return summaries;
}

Result<std::vector<EntrySummary>> LedgerStore::following(const Digest& payload) {
  TCPS_TRY(health());
  auto found = summaries_under(index_prefix(IndexTag::predecessor, payload.raw()));
  if (!found) return found;
  const auto index = find_payload(payload);
  if (!index && index.error().code == ErrorCode::not_found) return found;
  if (!index) return fail(index.error());
  const auto own = TCPS_TRY(summary(*index));
  if (own.facets.work_order.empty()) return found;
  auto receipts = TCPS_TRY(of_work_order(own.facets.work_order));
  std::erase_if(receipts, [&](const EntrySummary& s) {
    return s.facets.kind != MessageKind::receipt || s.facets.predecessor != payload;
  });
  found->insert(found->end(), std::make_move_iterator(receipts.begin()),
                std::make_move_iterator(receipts.end()));
  std::sort(found->begin(), found->end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  return found;
}

Result<uint64_t> LedgerStore::find_payload(const Digest& payload) {
  TCPS_TRY(health());
  auto stored = TCPS_TRY(watch(tables_->get(Table::indexes, payload_key(payload))));
  if (!stored)
    return fail(ErrorCode::not_found, fmt::format("ledger: no entry has payload {}", payload.to_string()));
  const auto index = from_big_endian(*stored);
  if (!index)
    return watch(Result<uint64_t>(fail(ErrorCode::corrupt, "ledger: a payload's index row is malformed")));
  return *index;
}

Result<Page> LedgerStore::find(const Query& query) {
  TCPS_TRY(health());
  if (query.limit == 0 || query.limit > page_rows_max) {
    return fail(ErrorCode::invalid,
                fmt::format("ledger: a page has 1-{} rows, not {}", page_rows_max, query.limit));
  }
  const auto range = TCPS_TRY(range_of(query));
  Page page;
  size_t examined = 0;
  std::optional<Error> error;
  TCPS_TRY(scan_items(driving_prefix(query), range, [&](TimeAndIndex item) {
    auto row = summary(item.index);
    if (!row) {
      error = row.error();
      return false;
    }
    if (matches(query, row->facets)) page.rows.push_back(std::move(*row));
    if (++examined < rows_examined_max && page.rows.size() < query.limit) return true;
    page.next = to_hex(index_key({}, item));
    return false;
  }));
  if (error) return fail(std::move(*error));
  return page;
}

Result<std::vector<proto::RefusedEntry>> LedgerStore::refused(uint64_t from, size_t limit) {
  TCPS_TRY(health());
  std::vector<proto::RefusedEntry> list;
  if (limit == 0) return list;
  bool good = true;
  TCPS_TRY(watch(
      tables_->scan(Table::refused, {big_endian(from), {}, false, false}, [&](BytesView, BytesView value) {
        good = good && list.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size()));
        return good && list.size() < std::min(limit, page_rows_max);
      })));
  if (!good) return fail(ErrorCode::invalid, "ledger: a refused entry's row is malformed");
  return list;
}

Result<tlog::SignedCheckpoint> LedgerStore::check_checkpoint(BytesView key, BytesView row) {
  const auto note = content_of_row(key, row);
  auto checkpoint = note ? tlog::SignedCheckpoint::parse(*note) : fail(ErrorCode::corrupt, "");
  const auto size = from_big_endian(key);
  const bool is_own = checkpoint && size == checkpoint->checkpoint.size && *size <= head().size;
  auto own_root = is_own ? root(*size) : fail(ErrorCode::corrupt, "");
  if (own_root && *own_root == checkpoint->checkpoint.root) return checkpoint;
  return watch(Result<tlog::SignedCheckpoint>(
      fail(ErrorCode::corrupt,
           "ledger: a stored checkpoint is not one of this log: restore this replica from a peer "
           "or a backup")));
}

Result<tlog::SignedCheckpoint> LedgerStore::latest_checkpoint() {
  auto newest = TCPS_TRY(stored_checkpoints({{}, {}, true, false}, 1));
  if (newest.empty()) return fail(ErrorCode::not_found, "ledger: there is no checkpoint yet");
  return std::move(newest.front());
}

Result<std::vector<tlog::SignedCheckpoint>> LedgerStore::checkpoints(uint64_t from_size, size_t limit) {
  return stored_checkpoints({big_endian(from_size), {}, false, false}, std::min(limit, page_rows_max));
}

Result<std::vector<tlog::SignedCheckpoint>> LedgerStore::stored_checkpoints(const ScanRange& range,
                                                                            size_t limit) {
  TCPS_TRY(health());
  std::vector<std::pair<Bytes, Bytes>> rows;
  TCPS_TRY(watch(tables_->scan(Table::checkpoints, range, [&](BytesView key, BytesView row) {
    if (rows.size() < limit) rows.emplace_back(key, row);
    return rows.size() < limit;
  })));
  std::vector<tlog::SignedCheckpoint> list;
  for (const auto& [key, row] : rows) {
    auto checkpoint = TCPS_TRY(check_checkpoint(key, row));
    list.push_back(std::move(checkpoint));
  }
  return list;
}

}  // namespace tcps::ledger
