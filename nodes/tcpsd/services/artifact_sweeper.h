// Sweeps a line's object store by the retention policy of its standard work: gathers from fold and ledger
// what is still needed, and lets actors/supervisor/artifact_retention.h decide on the rest. The holder of the
// supervisor role sweeps at an interval; any node tells what would go (the query "retention"). Entries of the
// ledger are never touched.
//
// What a station stores while a sweep runs is safe: the object store tells the storing that was listed from a
// later one.
//
// Threads: plan() and sweep() block for long, on a pool for long work; stop() from any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "actors/ledger/store/ledger_store.h"
#include "actors/line/following/shared_line.h"
#include "actors/runtime/clock.h"
#include "actors/stages/standard_work/standard_work_cache.h"
#include "actors/supervisor/artifact_retention.h"
#include "bus/bus.h"

namespace tcps::node {

struct ArtifactSweeperConfig {
  LineName line;
  std::shared_ptr<ledger::LedgerStore> store;
  std::shared_ptr<line::SharedLine> fold;
  std::shared_ptr<bus::ObjectStore> artifacts;
  std::shared_ptr<stages::StandardWorkCache> standard_works;
  const Clock* clock = nullptr;
  std::chrono::milliseconds ack_wait{0};
};

// How many artifacts, and of how many bytes.
struct ArtifactTally {
  uint64_t count = 0;
  uint64_t bytes = 0;
  void add(const bus::ObjectInfo& artifact) { ++count, bytes += artifact.bytes; }
};

struct SweepPlan {
  supervisor::RetentionPolicy policy;
  ArtifactTally stored;
  std::map<supervisor::Retention, ArtifactTally> tallies;
  std::vector<bus::ObjectInfo> due;  // oldest first
};

class ArtifactSweeper {
 public:
  explicit ArtifactSweeper(ArtifactSweeperConfig config) : config_(std::move(config)) {}

  // What the next sweep would take. Errors: unavailable (no product in force yet, stopped), and those of
  // ledger and object store.
  Result<SweepPlan> plan();
  // Takes it, and logs how much. Does nothing while another sweep of this object runs. Errors: those of
  // plan() and discard().
  Status sweep();
  // The answer to the query "retention" {"limit"}: docs/formats/queries.md.
  Result<nlohmann::json> answer(const nlohmann::json& request);
  // What runs ends soon, with `unavailable`.
  void stop() { stopped_ = true; }

 private:
  class Marks;
  Status check_going() const;

  ArtifactSweeperConfig config_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> sweeping_ = false;
};

}  // namespace tcps::node
