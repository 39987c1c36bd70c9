// A sample log as the group of entries that a store appends. For tests only.
#pragma once

#include "actors/ledger/chain/testing/sample_log.h"
#include "actors/ledger/store/ledger_store.h"

namespace tcps::ledger {

inline AdmittedEntry admitted(const SampleEntry& entry) {
  EntryFacets facets = facets_of(entry.message);
  if (facets.bucket.empty()) facets.bucket = entry.bucket;
  return {{1, entry.sequence}, entry.subject, entry.envelope, std::move(facets)};
}

inline Group group_of(const SampleLog& log) {
  Group group;
  for (const SampleEntry& entry : log.entries) group.admitted.push_back(admitted(entry));
  group.next = {1, log.sequence + 1};
  return group;
}

}  // namespace tcps::ledger
