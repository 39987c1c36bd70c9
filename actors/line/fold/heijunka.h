// Heijunka: which work order of the backlog is released next, so that the mix of buckets stays level. A cycle
// has as many slots as the buckets' weights add up to (Standard Work's slots per day); each bucket gets its
// share before any gets more, and an empty bucket's slots go to the others. Within a bucket: resumed work
// first, then priority, due date, order of acceptance. A pure function of its inputs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "messages/ids.h"
#include "messages/vocabulary.h"

namespace tcps::line {

using BucketWeights = std::array<uint32_t, all_buckets.size()>;
inline constexpr BucketWeights standard_weights = {2, 2, 1, 1, 1};  // Standard Work, step 2.2

// The order of work within a bucket: the smallest goes first.
struct BacklogKey {
  bool fresh = true;  // false: resumed, ahead of new work
  Priority priority = Priority::medium;
  std::string due_date;  // ISO 8601; "" sorts last
  uint64_t position = 0;

  auto rank() const { return std::make_tuple(fresh, priority, due_date.empty(), due_date, position); }
  friend bool operator<(const BacklogKey& a, const BacklogKey& b) { return a.rank() < b.rank(); }
};

// How many slots each bucket has used in the running cycle. Part of the fold.
class LevelingCycle {
 public:
  void set_weights(const BucketWeights& weights);
  const BucketWeights& weights() const { return weights_; }
  const BucketWeights& used() const { return used_; }
  void restore(const BucketWeights& weights, const BucketWeights& used);

  // The bucket to serve, of those where `waiting` is true. Nothing when none waits.
  std::optional<Bucket> next(const std::array<bool, all_buckets.size()>& waiting) const;
  // A slot of this bucket was used. Using one beyond its weight starts a new cycle.
  void take(Bucket bucket);

 private:
  BucketWeights weights_ = standard_weights;
  BucketWeights used_{};
};

// The work orders that wait for the planner, by bucket.
class Backlog {
 public:
  void insert(Bucket bucket, BacklogKey key, const WorkOrderId& id);
  void erase(Bucket bucket, const BacklogKey& key);
  size_t size() const { return size_; }
  size_t size(Bucket bucket) const { return queues_[static_cast<size_t>(bucket)].size(); }
  const std::map<BacklogKey, WorkOrderId>& queue(Bucket bucket) const {
    return queues_[static_cast<size_t>(bucket)];
  }

 private:
  std::array<std::map<BacklogKey, WorkOrderId>, all_buckets.size()> queues_;
  size_t size_ = 0;
};

// The next `count` releases in order, as the planner would make them one after the other. `cycle` is not
// changed.
std::vector<WorkOrderId> level(const Backlog& backlog, LevelingCycle cycle, size_t count);

}  // namespace tcps::line
