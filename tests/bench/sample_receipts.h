// A line's history of realistic size, signed, and admitted by the line's own fold: what the ledger's
// benchmarks feed on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/ledger/store/ledger_store.h"

namespace tcps::bench {

struct SampleReceipts {
  LineName line = LineName::literal("bench");
  PublicKey station;  // signs everything
  // genesis and events first, then work orders of an acceptance and ten receipts
  std::vector<ledger::AdmittedEntry> entries;
  uint64_t envelope_bytes = 0;  // of all
};

// Made once per process and count; deterministic but for the keys. At least `count` entries, whole work
// orders.
const SampleReceipts& sample_receipts(size_t count);

// The same written to <data_folder>/lines/bench as a replica would, with a checkpoint and a snapshot of the
// fold. Flat memory.
void make_ledger(const std::string& data_folder, size_t count);

}  // namespace tcps::bench
