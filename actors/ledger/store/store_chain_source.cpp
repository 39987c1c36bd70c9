#include "actors/ledger/store/store_chain_source.h"

#include <set>

#include "actors/ledger/store/stored_messages.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {
Status StoreChainSource::entries(const EntryVisitor& visitor) {
  return store_.entries(0, store_.head().size, visitor);
}

Status StoreChainSource::entries_about(const std::string& work_order, const EntryVisitor& visitor) {
  std::set<uint64_t> indexes{0};
  for (const auto kind : {MessageKind::key_added, MessageKind::key_revoked}) {
    Query query;
    query.kind = to_string(kind);
    const auto take = [&](const EntrySummary& row) -> Status { return indexes.insert(row.index), Status{}; };
    TCPS_TRY(each_row(store_, query, take));
  }
  auto own = TCPS_TRY(store_.of_work_order(work_order));
  for (const EntrySummary& row : own) indexes.insert(row.index);
  bool ended = false;
  for (uint64_t index : indexes) {
    auto read = store_.entries(index, index + 1,
                               [&](const StoredEntry& entry) { return !(ended = !visitor(entry)); });
    if (!read || ended) return read;
  }
  return {};
}

EntryLabel StoreChainSource::label(uint64_t index) {
  auto known = store_.summary(index);
  return known ? EntryLabel{known->facets.work_order, known->facets.stage} : EntryLabel{};
}

}  // namespace tcps::ledger
