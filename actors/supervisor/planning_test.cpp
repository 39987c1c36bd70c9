// What the planner releases, and that the fold admits it.
#include "actors/supervisor/planning.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/line/testing/simulated_run.h"

namespace tcps::supervisor {
namespace {

using line::testing::Factory;

RC_GTEST_PROP(Planning, ReleasesInHeijunkasOrderWithinTheLimit, (uint64_t seed)) {
  line::testing::SimulatedRun run(seed);
  for (int i = *rc::gen::inRange(1, 120); i > 0; --i) run.step();
  const auto& state = run.factory.state;
  std::set<WorkOrderId> in_flight;
  for (const auto& id : line::level(state.backlog(), state.cycle(), *rc::gen::inRange<size_t>(0, 3)))
    in_flight.insert(id);
  auto most = *rc::gen::inRange<size_t>(0, 6);
  auto releases = plan_releases(state, in_flight, {}, most);
  if (state.line_stopped()) RC_ASSERT(releases.empty());
  RC_ASSERT(releases.size() <= most);
  RC_ASSERT(releases.empty() || releases.size() + in_flight.size() + state.wip().used <= state.wip().limit);
  auto expected = line::level(state.backlog(), state.cycle(), state.backlog().size());
  std::erase_if(expected, [&](const auto& id) { return in_flight.contains(id); });
  for (size_t i = 0; i < releases.size(); ++i) {
    RC_ASSERT(releases[i].order.id == expected[i]);
    RC_ASSERT(releases[i].wip_current == state.wip().used + in_flight.size() + i);
    RC_ASSERT(releases[i].schedule.size() == releases.size());
  }
}

TEST(Planning, NamesTheScheduleInTheReceiptsFields) {
  Factory f;
  f.begin();
  for (auto bucket : {Bucket::security, Bucket::debt})
    f.pass(f.accept(std::string(to_string(bucket)), bucket));
  auto releases = plan_releases(f.state, {}, {}, 10);
  ASSERT_EQ(releases.size(), 2u);
  auto fields = plan_fields(f.state, releases[1], "2026-01-26");
  EXPECT_EQ(fields.schedule_id, "sched-2026-01-26-" + std::to_string(f.position));
  EXPECT_EQ(fields.slots_allocated, 2u);
  EXPECT_EQ(fields.wip_current, 1u);
  EXPECT_EQ(fields.wip_limit, 3u);
  EXPECT_EQ(fields.bucket_distribution.size(), all_buckets.size());
  EXPECT_EQ(fields.bucket_distribution.at("security"), 1u);
  EXPECT_EQ(fields.bucket_distribution.at("features"), 0u);
  EXPECT_EQ(fields.work_orders.size(), 2u);
}

TEST(Planning, PassesOverWhatGoesToAPoolWithoutANode) {
  Factory f;
  f.begin();
  auto first = f.accept("s-1");
  f.pass(first);
  f.standard_work = Digest::of("another standard work");
  auto second = f.accept("s-2");
  f.pass(second);
  auto destination = destination_of(f.order(first));
  EXPECT_EQ(destination.second, Stage::generate);
  auto releases = plan_releases(f.state, {}, {destination}, 1);
  ASSERT_EQ(releases.size(), 1u);
  EXPECT_EQ(releases[0].order.id, second);
  EXPECT_EQ(plan_releases(f.state, {}, {{destination.first, Stage::build}}, 1)[0].order.id, first);
  EXPECT_TRUE(plan_releases(f.state, {}, {destination, destination_of(f.order(second))}, 10).empty());
}

TEST(Planning, ReleasesNothingOnAStoppedLine) {
  Factory f;
  f.begin();
  f.pass(f.accept("s-1"));
  f.admit(f.call("stop", "pulled"), f.bob);
  EXPECT_TRUE(plan_releases(f.state, {}, {}, 10).empty());
}

RC_GTEST_PROP(Planning, PlansNothingThatTheFoldWouldRefuse, (uint64_t seed)) {
  line::testing::SimulatedRun run(seed);
  for (int i = *rc::gen::inRange(1, 160); i > 0; --i) run.step();
  auto& factory = run.factory;
  const auto& planner =
      factory.state.holder(Role::planner).node == "node-b" ? factory.node_b : factory.node_a;
  auto planned = plan_releases(factory.state, {}, {}, *rc::gen::inRange<size_t>(0, 4));
  std::set<WorkOrderId> in_flight;
  for (const auto& release : planned) in_flight.insert(release.order.id);
  for (auto& release : plan_releases(factory.state, in_flight, {}, *rc::gen::inRange<size_t>(0, 4)))
    planned.push_back(std::move(release));
  for (const auto& release : planned) {
    const auto& order = factory.order(release.order.id);
    auto verdict = order.stage == Stage::plan ? factory.send(factory.passed(order), planner)
                                              : factory.send(factory.dispatch(order), planner);
    if (!verdict.admitted) RC_FAIL(verdict.reason);
  }
}

// Slots taken in flight are free for the fold until it has seen them: they are not planned for twice.
TEST(Planning, ReleasesNothingBeyondTheWipLimitWithWhatIsInFlight) {
  Factory f;
  f.begin();
  for (int i = 0; i < 5; ++i) f.pass(f.accept("s-" + std::to_string(i)));
  auto first = plan_releases(f.state, {}, {}, 2);
  ASSERT_EQ(first.size(), 2u);
  std::set<WorkOrderId> in_flight = {first[0].order.id, first[1].order.id};
  auto second = plan_releases(f.state, in_flight, {}, 10);
  ASSERT_EQ(second.size(), 1u) << "the limit is 3";
  EXPECT_EQ(second[0].wip_current, 2u);
  f.admit(f.wip(1), f.bob);
  EXPECT_TRUE(plan_releases(f.state, in_flight, {}, 10).empty());
  f.pass(first[0].order.id);
  EXPECT_EQ(f.state.wip().free(), 0u);
  EXPECT_TRUE(plan_releases(f.state, {}, {}, 10).empty());
}

}  // namespace
}  // namespace tcps::supervisor
