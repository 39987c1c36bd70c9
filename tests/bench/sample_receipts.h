// Whole work orders of realistic size, signed, as the bus carries them: what the ledger's benchmarks feed on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/ledger/ledger_store.h"

namespace tcps::bench {

struct SampleReceipts {
  LineName line = LineName::literal("bench");
  PublicKey station;  // signs all receipts
  std::vector<ledger::AdmittedEntry>
      entries;                  // genesis first, then work orders of an acceptance and ten receipts
  uint64_t envelope_bytes = 0;  // of all
};

// Made once per process and count; deterministic but for the keys. At least `count` entries, whole work
// orders.
const SampleReceipts& sample_receipts(size_t count);

}  // namespace tcps::bench
