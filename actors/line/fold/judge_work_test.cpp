// The way of a work order from demand to done, and aside from it: failure, quarantine, resume.
#include <gtest/gtest.h>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using testing::Keys;

std::vector<ChangeKind> kinds(const Verdict& verdict) {
  std::vector<ChangeKind> out;
  for (const auto& change : verdict.changes) out.push_back(change.kind);
  return out;
}

// ---- from demand to done

TEST(LineState, TakesAWorkOrderFromDemandToDone) {
  Factory f(Keys::real);
  f.begin();
  auto id = f.accept("s-1");
  EXPECT_EQ(f.order(id).stage, Stage::pull);
  EXPECT_EQ(f.state.wip().used, 0u);
  f.pass(id);
  EXPECT_EQ(f.order(id).phase, Phase::backlog);
  EXPECT_EQ(f.order(id).version, f.state.highest_version("widget"));
  for (auto stage : {Stage::plan, Stage::generate, Stage::extract, Stage::render, Stage::build, Stage::test,
                     Stage::release, Stage::publish, Stage::verify}) {
    ASSERT_EQ(f.order(id).stage, stage);
    ASSERT_EQ(testing::broken_invariant(f.state), "");
    f.pass(id);
    EXPECT_EQ(f.state.wip().used, stage == Stage::verify ? 0u : 1u);
  }
  EXPECT_EQ(f.state.find(id), nullptr);
  EXPECT_TRUE(f.state.closed(id));
  EXPECT_EQ(f.state.done_count(), 1u);
  EXPECT_EQ(f.state.last_done(), id.str());
  EXPECT_EQ(testing::broken_invariant(f.state), "");
}

TEST(LineState, TellsWhatAnAdmittedMessageChanged) {
  Factory f;
  f.begin();
  auto accepted = f.admit(f.acceptance("s-1"), f.node_a);
  EXPECT_EQ(kinds(accepted), (std::vector{ChangeKind::accepted, ChangeKind::card_opened}));
  auto id = accepted.changes.front().work_order;
  EXPECT_EQ(kinds(f.admit(f.passed(f.order(id)), f.node_a)),
            (std::vector{ChangeKind::card_closed, ChangeKind::backlogged}));
  auto planned = f.admit(f.passed(f.order(id)), f.node_a);
  EXPECT_EQ(kinds(planned), (std::vector{ChangeKind::released, ChangeKind::card_opened}));
  EXPECT_EQ(planned.changes.back().card, f.order(id).card);
  EXPECT_EQ(kinds(f.admit(f.failed(f.order(id), "F3.1"), f.node_a)),
            (std::vector{ChangeKind::card_closed, ChangeKind::quarantined}));
  f.admit(f.call("c-1", "stage_failed", &f.order(id)), f.node_a);
  EXPECT_EQ(kinds(f.admit(f.decision(f.order(id), "cancel"), f.bob)),
            (std::vector{ChangeKind::andon_resolved, ChangeKind::cancelled}));
}

TEST(LineState, FindsAnOpenCardByContentAndByPosition) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  auto card = f.order(id).card;
  auto position = f.position;
  EXPECT_EQ(f.state.card_holder(card), &f.order(id));
  EXPECT_EQ(f.state.open_card_at(position), &f.order(id));
  EXPECT_EQ(f.state.lowest_open_card(), position);
  f.pass(id);
  EXPECT_EQ(f.state.card_holder(card), nullptr);
  EXPECT_EQ(f.state.open_card_at(position), nullptr);
  EXPECT_EQ(f.state.lowest_open_card(), UINT64_MAX);
}

// ---- failure, quarantine, resume

TEST(LineState, QuarantinesWhatFailsAndFreesItsSlotOnce) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::build);
  ASSERT_EQ(f.state.wip().used, 1u);
  f.admit(f.failed(f.order(id), "F6.1"), f.node_a);
  EXPECT_EQ(f.order(id).phase, Phase::quarantined);
  EXPECT_EQ(f.order(id).failure_mode, "F6.1");
  EXPECT_FALSE(f.order(id).called);
  EXPECT_EQ(f.state.wip().used, 0u);
  f.admit(f.call("c-1", "stage_failed", &f.order(id)), f.node_a);
  EXPECT_TRUE(f.order(id).called);
  EXPECT_EQ(f.state.wip().used, 0u);
  EXPECT_EQ(testing::broken_invariant(f.state), "");
}

TEST(LineState, ResumesAtTheFailedStageWithTheNextAttemptAheadOfNewWork) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::build);
  auto passed = f.order(id).passed;
  f.admit(f.failed(f.order(id), "F6.1"), f.node_a);
  f.pass(f.accept("s-2"));
  f.admit(f.decision(f.order(id), "resume"), f.ann);
  EXPECT_EQ(f.order(id).attempt, 2u);
  EXPECT_EQ(f.order(id).stage, Stage::build);
  EXPECT_EQ(level(f.state.backlog(), f.state.cycle(), 1).front(), id);
  f.pass(id);
  EXPECT_EQ(f.order(id).phase, Phase::working);
  EXPECT_EQ(f.order(id).passed, passed);
  EXPECT_EQ(f.state.wip().used, 1u);
  f.finish(id);
  EXPECT_EQ(f.state.done_count(), 1u);
}

TEST(LineState, ResumesAtPullWithoutASlotAndAtPlanThroughThePlanner) {
  Factory f;
  f.begin();
  auto at_pull = f.accept("s-1");
  f.admit(f.failed(f.order(at_pull), "F1.1"), f.node_a);
  f.admit(f.decision(f.order(at_pull), "resume"), f.ann);
  f.pass(at_pull);
  EXPECT_EQ(f.order(at_pull).phase, Phase::working);
  EXPECT_EQ(f.state.wip().used, 0u);
  f.pass(at_pull);
  f.admit(f.failed(f.order(at_pull), "F2.1"), f.node_a);
  EXPECT_EQ(f.order(at_pull).phase, Phase::quarantined);
  f.admit(f.decision(f.order(at_pull), "resume"), f.ann);
  f.pass(at_pull);
  EXPECT_EQ(f.order(at_pull).stage, Stage::generate);
  f.finish(at_pull);
  EXPECT_EQ(testing::broken_invariant(f.state), "");
}

TEST(LineState, KeepsOnlySoMuchOfAReasonAsACallMayCarry) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  auto failed = f.failed(f.order(id), "F1.1");
  std::string reason = "x";
  while (reason.size() < 3 * reason_bytes_max)
    reason += "\xc3\xa4";  // a two-byte character, so that the bound falls within one
  failed.mutable_failure()->set_reason(reason);
  f.admit(failed, f.node_a);
  EXPECT_EQ(f.order(id).reason.size(), reason_bytes_max - 1);
  auto call = f.call("c-1", "stage_failed", &f.order(id));
  call.set_reason(f.order(id).reason);
  EXPECT_TRUE(f.send(call, f.node_a).admitted);
}

TEST(LineState, CancelsHoldsAndQuarantinesInEveryPhase) {
  for (auto stage : {Stage::pull, Stage::plan, Stage::build}) {
    for (const std::string what : {"cancel", "hold", "quarantine"}) {
      Factory f;
      f.begin();
      auto id = f.accept("s-1");
      f.pass_until(id, stage);
      f.admit(f.decision(f.order(id), what), f.bob);
      EXPECT_EQ(f.state.wip().used, 0u);
      EXPECT_EQ(testing::broken_invariant(f.state), "") << what;
      if (what == "cancel") {
        EXPECT_TRUE(f.state.closed(id));
        continue;
      }
      EXPECT_EQ(f.order(id).phase, what == "hold" ? Phase::held : Phase::quarantined);
      f.admit(f.decision(f.order(id), "resume"), f.bob);
      f.finish(id);
    }
  }
}

TEST(LineState, CountsFailuresOfOneModeInARow) {
  Factory f;
  f.begin();
  auto fail_one = [&](const std::string& signal, const std::string& mode) {
    auto id = f.accept(signal);
    f.admit(f.failed(f.order(id), mode), f.node_a);
  };
  fail_one("s-1", "F1.1");
  fail_one("s-2", "F1.1");
  EXPECT_EQ(f.state.failure_run(Stage::pull).count, 2u);
  fail_one("s-3", "F1.2");
  EXPECT_EQ(f.state.failure_run(Stage::pull).count, 1u);
  f.pass(f.accept("s-4"));
  EXPECT_EQ(f.state.failure_run(Stage::pull).count, 0u);
}

TEST(LineState, CountsUnnamedFailuresInARowToo) {
  Factory f;
  f.begin();
  for (const char* signal : {"s-1", "s-2"}) f.admit(f.failed(f.order(f.accept(signal))), f.node_a);
  EXPECT_EQ(f.state.failure_run(Stage::pull).count, 2u);
}

}  // namespace
}  // namespace tcps::line
