#include "actors/ledger/stored_messages.h"

namespace tcps::ledger {

Result<LineMessage> message_at(LedgerStore& store, uint64_t index) {
  auto entry = store.entry(index);
  if (!entry) return fail(entry.error());
  return LineMessage::decode(entry->envelope());
}

Result<LineMessage> message_of(LedgerStore& store, const Digest& payload) {
  auto index = store.find_payload(payload);
  if (!index) return fail(index.error());
  return message_at(store, *index);
}

Status each_row(LedgerStore& store, Query query, const SummaryVisitor& visitor) {
  query.limit = page_rows_max;
  query.page.clear();
  do {
    auto page = store.find(query);
    if (!page) return fail(page.error());
    for (const EntrySummary& row : page->rows) {
      if (auto taken = visitor(row); !taken) return taken;
    }
    query.page = page->next;
  } while (!query.page.empty());
  return {};
}

}  // namespace tcps::ledger
