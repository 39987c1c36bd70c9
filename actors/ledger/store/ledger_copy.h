// A copy of a ledger, built entry by entry: what backups are made and put back with. Every entry is decoded
// and hashed on the way, so that the copy has the root of the original or does not come to be.
#pragma once

#include <functional>

#include "actors/ledger/store/ledger_store.h"

namespace tcps::ledger {

using CopyProgress = std::function<void(uint64_t entries)>;

// Brings `to` up to `from`: entries, refused messages, the newest snapshot and checkpoint. `to` is empty or
// an earlier copy. The source may be a view of a ledger that its owner goes on writing. Errors: conflict
// (`to` is longer, or not an earlier copy), corrupt (an entry of the source), those of both stores.
Result<Head> copy_ledger(LedgerStore& from, LedgerStore& to, const CopyProgress& progress = nullptr);

}  // namespace tcps::ledger
