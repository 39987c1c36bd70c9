// One entry as it lies in a store, and as verification takes it. A stored entry begins with a check value
// over all that follows, so that a change of the fields that no signature covers (sequence, subject) is
// noticed too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "messages/digest.h"
#include "messages/proto/store.pb.h"
#include "messages/result.h"

namespace tcps::ledger {

Bytes encode_entry(const proto::LedgerEntry& entry);
// The same with the envelope apart, which is large: `entry` has none.
Bytes encode_entry(const proto::LedgerEntry& entry, BytesView envelope);
// Errors: corrupt, when the bytes are not what encode_entry() wrote for this index.
Result<proto::LedgerEntry> decode_entry(uint64_t index, BytesView stored);

// An entry on its way to somebody who checks it. A missing or unreadable one is an error in its place.
struct StoredEntry {
  uint64_t index;
  Result<proto::LedgerEntry> entry;
};
using EntryVisitor = std::function<bool(const StoredEntry&)>;  // false ends the reading

}  // namespace tcps::ledger
