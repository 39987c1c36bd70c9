// Rechecks a replica with all cores: worker threads read ranges of entries and judge each entry alone; the
// calling thread takes them in order. Memory is bounded by the ranges under way.
#pragma once

#include <cstdint>
#include <functional>

#include "actors/ledger/store/replica_check.h"
#include "messages/ids.h"
#include "messages/result.h"

namespace tcps::audit {

struct CheckOptions {
  size_t threads = 1;
  std::function<void(uint64_t checked, uint64_t size)> progress;  // called now and then
};

struct CheckResult {
  ledger::ChainReport report;
  uint64_t tiles = 0;
  uint64_t checkpoints = 0;
  uint64_t index_items = 0;
};

// Errors: those of reading; what is wrong with the replica is a fault of the report.
Result<CheckResult> check_replica(ledger::LedgerStore& store, const LineName& line,
                                  const ledger::TrustedHead& head, const CheckOptions& options);

}  // namespace tcps::audit
