// What a replica does when the bus has lost or rolled back the line's stream: nothing, until a majority of
// the replicas is halted beside it; then the one that holds the largest log opens the next epoch, and the
// others join it. A pure rule. The largest log of a majority holds everything that a majority has certified.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "actors/ledger/replication/replica_state.h"

namespace tcps::ledger {

// Positions left free above the greatest that was seen, for replicas that are absent and have seen more.
inline constexpr uint64_t epoch_margin = 10'000;

struct WaitForReplicas {
  std::string sentence;
};
struct LeaveToPeer {
  std::string node;
};
struct OpenEpoch {
  uint32_t epoch = 0;
  uint64_t first_sequence = 0;
  SizedRoot log;
};
using EpochPlan = std::variant<WaitForReplicas, LeaveToPeer, OpenEpoch>;

// `peers`: verified states, of replicas of the set, this one not among them. `stream_last`: of the stream
// that is given up, 0 when it is gone.
EpochPlan plan_epoch(const ReplicaState& own, const std::vector<ReplicaState>& peers,
                     const ReplicaSet& replicas, uint64_t stream_last);

}  // namespace tcps::ledger
