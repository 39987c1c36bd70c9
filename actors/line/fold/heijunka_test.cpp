// The level mix, against a naive reference that writes the rule down as a list of slots.
#include "actors/line/fold/heijunka.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace tcps::line {
namespace {

WorkOrderId id_of(uint64_t number) { return WorkOrderId::literal("wo-" + std::to_string(number)); }

struct Waiting {
  Bucket bucket;
  BacklogKey key;
  WorkOrderId id;
};

Waiting fresh(Bucket bucket, uint64_t number) {
  Waiting one{bucket, {}, id_of(number)};
  one.key.position = number;
  return one;
}

Backlog backlog_of(const std::vector<Waiting>& all) {
  Backlog backlog;
  for (const auto& one : all) backlog.insert(one.bucket, one.key, one.id);
  return backlog;
}

std::vector<Waiting> any_waiting(int most) {
  std::vector<Waiting> all;
  auto count = *rc::gen::inRange(0, most);
  for (int i = 0; i < count; ++i) {
    BacklogKey key;
    key.fresh = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
    key.priority = static_cast<Priority>(*rc::gen::inRange(0, 4));
    key.due_date = *rc::gen::element<std::string>("", "2026-01-01", "2026-02-01");
    key.position = static_cast<uint64_t>(i + 1);
    all.push_back({all_buckets[*rc::gen::inRange<size_t>(0, 5)], key, id_of(key.position)});
  }
  return all;
}

// Within a bucket: said as a chain of questions.
bool goes_first(const BacklogKey& a, const BacklogKey& b) {
  if (a.fresh != b.fresh) return !a.fresh;
  if (a.priority != b.priority) return a.priority < b.priority;
  if (a.due_date != b.due_date) return b.due_date.empty() || (!a.due_date.empty() && a.due_date < b.due_date);
  return a.position < b.position;
}

// The bucket with the largest unused share of its slots; a new cycle when none that waits has one.
std::vector<WorkOrderId> naive_level(std::vector<Waiting> all, BucketWeights weights, BucketWeights used,
                                     size_t count) {
  std::vector<WorkOrderId> order;
  auto waits = [&](Bucket bucket) {
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.bucket == bucket; });
  };
  while (order.size() < count && !all.empty()) {
    std::optional<Bucket> best;
    double best_share = 0;
    for (int cycle = 0; cycle < 2 && !best; ++cycle) {
      for (auto bucket : all_buckets) {
        auto i = static_cast<size_t>(bucket);
        if (!waits(bucket) || weights[i] == 0) continue;
        double share =
            cycle == 1 ? 1.0
                       : (double(weights[i]) - double(std::min(used[i], weights[i]))) / double(weights[i]);
        if (share > best_share + 1e-9) {
          best = bucket;
          best_share = share;
        }
      }
    }
    for (auto bucket : all_buckets) {
      if (!best && waits(bucket)) best = bucket;
    }
    auto i = static_cast<size_t>(*best);
    if (weights[i] > 0) {
      if (used[i] >= weights[i]) used = {};
      ++used[i];
    }
    auto first = all.end();
    for (auto one = all.begin(); one != all.end(); ++one) {
      if (one->bucket == *best && (first == all.end() || goes_first(one->key, first->key))) first = one;
    }
    order.push_back(first->id);
    all.erase(first);
  }
  return order;
}

BucketWeights any_weights(uint32_t least) {
  BucketWeights weights;
  for (auto& weight : weights) weight = *rc::gen::inRange<uint32_t>(least, 5);
  return weights;
}

RC_GTEST_PROP(Heijunka, IsWhatTheNaiveReferenceSays, ()) {
  auto all = any_waiting(30);
  auto weights = any_weights(0);
  BucketWeights used;
  for (size_t i = 0; i < used.size(); ++i) used[i] = *rc::gen::inRange<uint32_t>(0, weights[i] + 1);
  LevelingCycle cycle;
  cycle.restore(weights, used);
  auto count = *rc::gen::inRange<size_t>(0, 35);
  RC_ASSERT(level(backlog_of(all), cycle, count) == naive_level(all, weights, used, count));
}

RC_GTEST_PROP(Heijunka, GivesEachBucketItsSlotsInEveryCycleWhileAllWait, ()) {
  auto weights = any_weights(1);
  std::vector<Waiting> all;
  for (auto bucket : all_buckets) {
    for (uint64_t i = 0; i < 40; ++i) {
      auto number = static_cast<uint64_t>(bucket) * 100 + i + 1;
      all.push_back(fresh(bucket, number));
    }
  }
  LevelingCycle cycle;
  cycle.set_weights(weights);
  size_t slots = 0;
  for (auto weight : weights) slots += weight;
  auto order = level(backlog_of(all), cycle, 3 * slots);
  for (size_t begin = 0; begin < order.size(); begin += slots) {
    BucketWeights got{};
    for (size_t i = begin; i < begin + slots; ++i)
      ++got[static_cast<size_t>(std::stoul(order[i].str().substr(3)) / 100)];
    RC_ASSERT(got == weights);
  }
}

RC_GTEST_PROP(Heijunka, LeavesNobodyWaitingForever, ()) {
  auto all = any_waiting(40);
  LevelingCycle cycle;
  cycle.set_weights(any_weights(0));
  auto order = level(backlog_of(all), cycle, 1'000);
  RC_ASSERT(order.size() == all.size());
  std::sort(order.begin(), order.end());
  RC_ASSERT(std::adjacent_find(order.begin(), order.end()) == order.end());
}

RC_GTEST_PROP(Heijunka, PlansAllAtOnceAsOneByOne, ()) {
  auto all = any_waiting(25);
  LevelingCycle cycle;
  cycle.set_weights(any_weights(0));
  auto backlog = backlog_of(all);
  auto at_once = level(backlog, cycle, all.size());
  for (const auto& id : at_once) {
    auto next = level(backlog, cycle, 1);
    RC_ASSERT(next.size() == 1u);
    RC_ASSERT(next.front() == id);
    auto one = std::find_if(all.begin(), all.end(), [&](const auto& waiting) { return waiting.id == id; });
    backlog.erase(one->bucket, one->key);
    cycle.take(one->bucket);
  }
  RC_ASSERT(backlog.size() == 0u);
}

TEST(Heijunka, GivesAnEmptyBucketsSlotsToTheOthers) {
  std::vector<Waiting> all;
  for (uint64_t i = 1; i <= 20; ++i) all.push_back(fresh(Bucket::debt, i));
  EXPECT_EQ(level(backlog_of(all), LevelingCycle{}, 20).size(), 20u);
}

TEST(Heijunka, PutsTheStandardSlotsInALevelMix) {
  std::vector<Waiting> all;
  for (auto bucket : all_buckets) {
    for (uint64_t i = 0; i < 2; ++i) {
      auto number = static_cast<uint64_t>(bucket) * 10 + i;
      all.push_back(fresh(bucket, number));
    }
  }
  std::vector<WorkOrderId> expected;
  for (uint64_t number : {0, 10, 20, 30, 40, 1, 11}) expected.push_back(id_of(number));
  EXPECT_EQ(level(backlog_of(all), LevelingCycle{}, 7), expected);
}

}  // namespace
}  // namespace tcps::line
