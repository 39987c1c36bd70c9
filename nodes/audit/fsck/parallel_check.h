// Rechecks a replica with all cores: entries are read in order, judged alone by worker threads in batches,
// and taken in order by the calling thread. Memory is bounded by the batches under way.
#pragma once

#include <cstdint>
#include <functional>

#include "actors/ledger/replica_check.h"
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

// `folder` is the line's (it holds `ledger`), which `store` has open. Errors: those of reading; what is wrong
// with the replica is a fault of the report.
Result<CheckResult> check_replica(const std::string& folder, ledger::LedgerStore& store, const LineName& line,
                                  const ledger::TrustedHead& head, const CheckOptions& options);

}  // namespace tcps::audit
