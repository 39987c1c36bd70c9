#include "actors/line/fold/heijunka.h"

#include <utility>
#include <vector>

namespace tcps::line {
namespace {

size_t index_of(Bucket bucket) { return static_cast<size_t>(bucket); }

}  // namespace

void LevelingCycle::set_weights(const BucketWeights& weights) {
  weights_ = weights;
  used_ = {};
}

void LevelingCycle::restore(const BucketWeights& weights, const BucketWeights& used) {
  weights_ = weights;
  used_ = used;
}

std::optional<Bucket> LevelingCycle::next(const std::array<bool, all_buckets.size()>& waiting) const {
  std::optional<Bucket> best;
  auto free_slots = [&](Bucket bucket, bool new_cycle) -> uint64_t {
    auto i = index_of(bucket);
    return new_cycle ? weights_[i] : weights_[i] - std::min(used_[i], weights_[i]);
  };
  // The largest unused share wins: free/weight compared crosswise, so that no division rounds.
  for (bool new_cycle : {false, true}) {
    for (auto bucket : all_buckets) {
      auto free = free_slots(bucket, new_cycle);
      if (!waiting[index_of(bucket)] || free == 0) continue;
      if (!best ||
          free * weights_[index_of(*best)] > free_slots(*best, new_cycle) * weights_[index_of(bucket)])
        best = bucket;
    }
    if (best) return best;
  }
  for (auto bucket : all_buckets) {  // only buckets without a share are waiting
    if (waiting[index_of(bucket)]) return bucket;
  }
  return std::nullopt;
}

void LevelingCycle::take(Bucket bucket) {
  auto i = index_of(bucket);
  if (weights_[i] == 0) return;
  if (used_[i] >= weights_[i]) used_ = {};
  ++used_[i];
}

void Backlog::insert(Bucket bucket, BacklogKey key, const WorkOrderId& id) {
  auto inserted = queues_[index_of(bucket)].emplace(std::move(key), id).second;
  TCPS_CHECK(inserted);  // positions are unique
  ++size_;
}

void Backlog::erase(Bucket bucket, const BacklogKey& key) { size_ -= queues_[index_of(bucket)].erase(key); }

std::vector<WorkOrderId> level(const Backlog& backlog, LevelingCycle cycle, size_t count) {
  std::vector<WorkOrderId> order;
  std::array<std::map<BacklogKey, WorkOrderId>::const_iterator, all_buckets.size()> heads;
  for (auto bucket : all_buckets) heads[index_of(bucket)] = backlog.queue(bucket).begin();
  while (order.size() < count) {
    std::array<bool, all_buckets.size()> waiting{};
    for (auto bucket : all_buckets)
      waiting[index_of(bucket)] = heads[index_of(bucket)] != backlog.queue(bucket).end();
    auto bucket = cycle.next(waiting);
    if (!bucket) break;
    order.push_back(heads[index_of(*bucket)]->second);
    ++heads[index_of(*bucket)];
    cycle.take(*bucket);
  }
  return order;
}

}  // namespace tcps::line
