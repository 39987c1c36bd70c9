// The line's messages, read back from the ledger.
#pragma once

#include <functional>

#include "actors/ledger/store/ledger_store.h"
#include "messages/line_message.h"

namespace tcps::ledger {

// Errors: those of LedgerStore::entry(); invalid.
Result<LineMessage> message_at(LedgerStore& store, uint64_t index);
// By the digest of its payload. Errors: not_found, and those of message_at().
Result<LineMessage> message_of(LedgerStore& store, const Digest& payload);

// Hands over every row that the query finds, page by page, until one is answered with an error. The query's
// limit and page are not looked at.
using SummaryVisitor = std::function<Status(const EntrySummary&)>;
Status each_row(LedgerStore& store, Query query, const SummaryVisitor& visitor);

}  // namespace tcps::ledger
