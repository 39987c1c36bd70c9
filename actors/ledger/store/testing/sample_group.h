// A sample log as the group of entries that a store appends. For tests only.
#pragma once

#include "actors/ledger/chain/testing/sample_log.h"
#include "actors/ledger/store/ledger_store.h"

namespace tcps::ledger {

inline AdmittedEntry admitted(const SampleEntry& entry) {
  EntryKeys keys = keys_of(entry.message);
  if (keys.bucket.empty()) keys.bucket = entry.bucket;
  return {{1, entry.sequence}, entry.subject, entry.envelope, std::move(keys)};
}

inline Group group_of(const SampleLog& log) {
  Group group;
  for (const SampleEntry& entry : log.entries) group.admitted.push_back(admitted(entry));
  group.next = {1, log.sequence + 1};
  return group;
}

}  // namespace tcps::ledger
