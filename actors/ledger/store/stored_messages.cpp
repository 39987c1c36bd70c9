#include "actors/ledger/store/stored_messages.h"

namespace tcps::ledger {

Result<LineMessage> message_at(LedgerStore& store, uint64_t index) {
  auto entry = TCPS_TRY(store.entry(index));
  return LineMessage::decode(entry.envelope());
}

Result<LineMessage> message_of(LedgerStore& store, const Digest& payload) {
  auto index = TCPS_TRY(store.find_payload(payload));
  return message_at(store, index);
}

Status each_row(LedgerStore& store, Query query, const SummaryVisitor& visitor) {
  query.limit = page_rows_max;
  query.page.clear();
  do {
    auto page = TCPS_TRY(store.find(query));
    for (const EntrySummary& row : page.rows) {
      TCPS_TRY(visitor(row));
    }
    query.page = page.next;
  } while (!query.page.empty());
  return {};
}

}  // namespace tcps::ledger
