#include "actors/ledger/replication/epoch_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps::ledger {

EpochPlan plan_epoch(const ReplicaState& own, const std::vector<ReplicaState>& peers,
                     const ReplicaSet& replicas, uint64_t stream_last) {
  std::vector<const ReplicaState*> halted;
  uint64_t certified = 0;
  const auto look_at = [&](const ReplicaState& state) {
    if (state.certificate && is_certified(*state.certificate, replicas))
      certified = std::max(certified, state.certificate->checkpoint.size);
    if (state.halted && state.next.epoch == own.next.epoch && replicas.contains(state.node))
      halted.push_back(&state);
  };
  look_at(own);
  for (const auto& peer : peers) look_at(peer);
  if (halted.size() < majority(replicas.size())) {
    return WaitForReplicas{fmt::format("{} of {} replicas are halted with this one, {} are needed",
                                       halted.size(), replicas.size(), majority(replicas.size()))};
  }
  const auto* chosen = *std::max_element(halted.begin(), halted.end(), [](const auto* a, const auto* b) {
    return a->head.size != b->head.size ? a->head.size < b->head.size : a->node > b->node;
  });
  if (chosen->head.size < certified) {
    return WaitForReplicas{
        fmt::format("{} entries are certified, and no replica that is present holds more than {}", certified,
                    chosen->head.size)};
  }
  if (chosen->node != own.node) return LeaveToPeer{chosen->node};
  uint64_t seen = stream_last;
  for (const auto* state : halted) seen = std::max(seen, state->next.sequence);
  return OpenEpoch{own.next.epoch + 1, seen + epoch_margin, own.head};
}

}  // namespace tcps::ledger
