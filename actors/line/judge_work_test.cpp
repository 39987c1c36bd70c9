// What moves work: each admission and each refusal, with real signatures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Keys;
using testing::Member;

std::vector<ChangeKind> kinds(const Verdict& verdict) {
  std::vector<ChangeKind> out;
  for (const auto& change : verdict.changes) out.push_back(change.kind);
  return out;
}

// ---- the way of a work order ----

TEST(LineState, TakesAWorkOrderFromDemandToDone) {
  Factory f(Keys::real);
  f.begin();
  auto id = f.accept("s-1");
  EXPECT_EQ(f.order(id).stage, Stage::pull);
  EXPECT_EQ(f.state.wip(), 0u);
  f.pass(id);
  EXPECT_EQ(f.order(id).phase, Phase::backlog);
  EXPECT_EQ(f.order(id).version, f.state.highest_version("widget"));
  for (auto stage : {Stage::plan, Stage::generate, Stage::extract, Stage::render, Stage::build, Stage::test,
                     Stage::release, Stage::publish, Stage::verify}) {
    ASSERT_EQ(f.order(id).stage, stage);
    ASSERT_EQ(testing::broken_invariant(f.state), "");
    f.pass(id);
    EXPECT_EQ(f.state.wip(), stage == Stage::verify ? 0u : 1u);
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

// ---- failure, quarantine, resume ----

TEST(LineState, QuarantinesWhatFailsAndFreesItsSlotOnce) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::build);
  ASSERT_EQ(f.state.wip(), 1u);
  f.admit(f.failed(f.order(id), "F6.1"), f.node_a);
  EXPECT_EQ(f.order(id).phase, Phase::quarantined);
  EXPECT_EQ(f.order(id).failure_mode, "F6.1");
  EXPECT_FALSE(f.order(id).called);
  EXPECT_EQ(f.state.wip(), 0u);
  f.admit(f.call("c-1", "stage_failed", &f.order(id)), f.node_a);
  EXPECT_TRUE(f.order(id).called);
  EXPECT_EQ(f.state.wip(), 0u);
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
  EXPECT_EQ(f.state.wip(), 1u);
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
  EXPECT_EQ(f.state.wip(), 0u);
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
      EXPECT_EQ(f.state.wip(), 0u);
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

// ---- limits ----

TEST(LineState, ReleasesNothingBeyondTheWipLimitAndDrainsDownToALowerOne) {
  Factory f;
  f.begin();
  std::vector<WorkOrderId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(f.accept("s-" + std::to_string(i)));
    f.pass(ids.back());
  }
  for (int i = 0; i < 3; ++i) f.pass(ids[static_cast<size_t>(i)]);
  EXPECT_THAT(f.send(f.passed(f.order(ids[3])), f.node_a).reason, HasSubstr("WIP limit of 3"));
  f.admit(f.wip(1), f.bob);
  EXPECT_EQ(f.state.wip(), 3u);
  f.finish(ids[0]);
  f.finish(ids[1]);
  EXPECT_THAT(f.send(f.passed(f.order(ids[3])), f.node_a).reason, HasSubstr("WIP limit of 1"));
  f.finish(ids[2]);
  EXPECT_TRUE(f.send(f.passed(f.order(ids[3])), f.node_a).admitted);
}

TEST(LineState, RefusesADispatchBeyondTheWipLimit) {
  Factory f;
  f.begin();
  f.admit(f.wip(1), f.bob);
  auto stuck = f.accept("s-1");
  f.pass_until(stuck, Stage::build);
  f.admit(f.decision(f.order(stuck), "hold"), f.bob);
  f.pass_until(f.accept("s-2"), Stage::generate);
  f.admit(f.decision(f.order(stuck), "resume"), f.bob);
  EXPECT_THAT(f.send(f.dispatch(f.order(stuck)), f.node_a).reason, HasSubstr("WIP limit of 1"));
}

TEST(LineState, AcceptsNothingBeyondTheBacklogLimit) {
  Factory f;
  f.begin();
  auto product = f.product();
  product.set_backlog_limit(2);
  f.admit(product, f.ann);
  f.accept("s-1");
  f.pass(f.accept("s-2"));
  EXPECT_THAT(f.send(f.acceptance("s-3"), f.node_a).reason, HasSubstr("backlog of 2 is full"));
  f.pass(work_order_id(f.line, "github", "s-2"));
  EXPECT_TRUE(f.send(f.acceptance("s-3"), f.node_a).admitted);
}

TEST(LineState, RefusesVersionsThatDoNotRise) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  auto receipt = f.passed(f.order(id));
  receipt.set_version("1.10.0");
  f.admit(receipt, f.node_a);
  for (const char* version : {"1.10.0", "1.9.9", "0.99.99", "1.10", "1.10.0-rc", "01.11.0", "v2.0.0",
                              "2.0.0.0", "99999999999999999999.0.0"}) {
    auto next = f.passed(f.order(f.accept(version)));
    next.set_version(version);
    EXPECT_FALSE(f.send(next, f.node_a).admitted) << version;
  }
  EXPECT_EQ(f.state.highest_version("widget"), "1.10.0");
  auto next = f.passed(f.order(f.accept("s-2")));
  next.set_version("1.11.0");
  EXPECT_TRUE(f.send(next, f.node_a).admitted);
  auto unversioned = f.passed(f.order(f.accept("s-3")));
  unversioned.clear_version();
  EXPECT_TRUE(f.send(unversioned, f.node_a).admitted);
}

TEST(CompareVersions, FollowsSemanticVersioning) {
  EXPECT_EQ(*compare_versions("1.10.0", "1.9.3"), 1);
  EXPECT_EQ(*compare_versions("1.9.3", "1.10.0"), -1);
  EXPECT_EQ(*compare_versions("2.0.0", "2.0.0"), 0);
  for (const char* text : {"", "1", "1.2", "1.2.", ".1.2", "1.2.3.", "1.2.3.4", "1.2.x", "-1.2.3", "1.2.03",
                           "+1.2.3", " 1.2.3"}) {
    EXPECT_FALSE(compare_versions(text, "1.0.0")) << text;
  }
}

// ---- refusals of receipts, one field spoiled at a time ----

struct Spoiled {
  const char* name;
  Stage stage;  // where the work order stands
  std::function<void(proto::Receipt&)> spoil;
  const char* reason;
};

class ReceiptRefusal : public ::testing::TestWithParam<Spoiled> {};

TEST_P(ReceiptRefusal, ChangesNothing) {
  Factory f(Keys::real);
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, GetParam().stage);
  auto receipt = f.passed(f.order(id));
  GetParam().spoil(receipt);
  auto before = f.state.save();
  auto verdict = f.send(receipt, f.node_a);
  EXPECT_FALSE(verdict.admitted);
  EXPECT_FALSE(verdict.forged);
  EXPECT_THAT(verdict.reason, HasSubstr(GetParam().reason));
  EXPECT_TRUE(verdict.changes.empty());
  auto after = LineState::load(f.line, before).value();
  after.advance(f.position);
  EXPECT_EQ(f.state.save(), after.save());
  EXPECT_TRUE(f.send(f.passed(f.order(id)), f.node_a).admitted);
}

const std::string other_digest = Digest::of("other").to_string();

INSTANTIATE_TEST_SUITE_P(
    LineState, ReceiptRefusal,
    ::testing::Values(
        Spoiled{"unknown_work_order", Stage::build, [](auto& m) { m.set_work_order_id("wo-0"); },
                "is not known"},
        Spoiled{"later_attempt", Stage::build, [](auto& m) { m.set_attempt(2); }, "attempt 2"},
        Spoiled{"attempt_zero", Stage::build, [](auto& m) { m.set_attempt(0); }, "at least 1"},
        Spoiled{"other_content", Stage::build, [](auto& m) { m.set_work_order_digest(other_digest); },
                "other content"},
        Spoiled{"another_node", Stage::build, [](auto& m) { m.set_node("node-b"); }, "is signed by node-a"},
        Spoiled{"another_product", Stage::build, [](auto& m) { m.set_sku("gadget"); }, "makes widget"},
        Spoiled{"another_standard_work", Stage::build, [](auto& m) { m.set_standard_work(other_digest); },
                "another standard work"},
        Spoiled{"unknown_status", Stage::build, [](auto& m) { m.set_status("skipped"); },
                "completed or failed"},
        Spoiled{"malformed_manifest", Stage::build, [](auto& m) { m.set_manifest("x"); }, "digest"},
        Spoiled{"unknown_stage", Stage::build, [](auto& m) { m.set_stage("paint"); }, "stage"},
        Spoiled{"other_stage", Stage::build, [](auto& m) { m.set_stage("test"); },
                "no card of the work order is open at test"},
        Spoiled{"other_predecessor", Stage::build, [](auto& m) { m.set_predecessor(other_digest); },
                "predecessor"},
        Spoiled{"no_predecessor", Stage::build, [](auto& m) { m.clear_predecessor(); }, "predecessor"},
        Spoiled{"skips_a_stage", Stage::build, [](auto& m) { m.mutable_next()->set_stage("release"); },
                "not the one that follows"},
        Spoiled{"malformed_pool", Stage::build, [](auto& m) { m.mutable_next()->set_pool("No Pool"); },
                "pool"},
        Spoiled{"other_version", Stage::build, [](auto& m) { m.set_version("9.9.9"); }, "pull assigned"},
        Spoiled{"other_log", Stage::build, [](auto& m) { m.mutable_log()->set_genesis(other_digest); },
                "another log"},
        Spoiled{"other_line", Stage::build, [](auto& m) { m.mutable_log()->set_line("paper"); },
                "another log"},
        Spoiled{"mode_of_other_stage", Stage::build,
                [](auto& m) {
                  m.set_status("failed");
                  m.clear_next();
                  m.mutable_failure()->set_mode("F7.1");
                },
                "not one of stage build"},
        Spoiled{"unknown_mode", Stage::build,
                [](auto& m) {
                  m.set_status("failed");
                  m.clear_next();
                  m.mutable_failure()->set_mode("F6.9");
                },
                "F6.9"},
        Spoiled{"failure_that_goes_on", Stage::build, [](auto& m) { m.set_status("failed"); },
                "next station"},
        Spoiled{"plan_of_other_term", Stage::plan, [](auto& m) { m.set_term(2); }, "term 2"},
        Spoiled{"plan_of_no_term", Stage::plan, [](auto& m) { m.clear_term(); }, "term 0"},
        Spoiled{"plan_with_other_predecessor", Stage::plan, [](auto& m) { m.set_predecessor(other_digest); },
                "predecessor"},
        Spoiled{"plan_that_skips_generate", Stage::plan,
                [](auto& m) { m.mutable_next()->set_stage("extract"); }, "followed by generate"},
        Spoiled{"plan_with_manifest", Stage::plan, [](auto& m) { m.set_manifest(other_digest); },
                "manifest as it is"},
        Spoiled{"plan_with_other_version", Stage::plan, [](auto& m) { m.set_version("9.9.9"); },
                "pull assigned"},
        Spoiled{"plan_before_pull", Stage::pull, [](auto& m) { m.set_stage("plan"); }, "term"},
        Spoiled{"verify_that_goes_on", Stage::verify, [](auto& m) { m.mutable_next()->set_stage("pull"); },
                "names none"}),
    [](const auto& info) { return info.param.name; });

TEST(LineState, RefusesTheSecondOutcomeOfACard) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::build);
  auto passed = f.passed(f.order(id));
  auto failed = f.failed(f.order(id), "F6.1");
  f.admit(passed, f.node_a);
  EXPECT_FALSE(f.send(passed, f.node_a).admitted);
  EXPECT_FALSE(f.send(passed, f.node_b).admitted);
  EXPECT_FALSE(f.send(failed, f.node_b).admitted);
  EXPECT_EQ(f.order(id).stage, Stage::test);
}

TEST(LineState, RefusesTheZombieOfAnAttemptThatIsOver) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::build);
  auto zombie = f.passed(f.order(id));
  f.admit(f.decision(f.order(id), "quarantine"), f.bob);
  EXPECT_THAT(f.send(zombie, f.node_a).reason, HasSubstr("it is quarantined"));
  f.admit(f.decision(f.order(id), "resume"), f.bob);
  EXPECT_THAT(f.send(zombie, f.node_a).reason, HasSubstr("attempt 1 is over"));
  f.pass(id);
  EXPECT_FALSE(f.send(zombie, f.node_a).admitted);
  f.finish(id);
  EXPECT_THAT(f.send(zombie, f.node_a).reason, HasSubstr("is closed"));
}

// ---- acceptances ----

TEST(LineState, RefusesAcceptancesThatAreNotSound) {
  struct Row {
    const char* name;
    std::function<void(proto::Acceptance&)> spoil;
    const char* reason;
  };
  const Row rows[] = {
      {"other signal", [](auto& m) { m.mutable_work_order()->mutable_demand()->set_signal_id("x"); },
       "digest of line, source and signal"},
      {"other line", [](auto& m) { m.mutable_work_order()->set_line("paper"); },
       "digest of line, source and signal"},
      {"bucket", [](auto& m) { m.mutable_work_order()->set_bucket("fun"); }, "fun"},
      {"priority", [](auto& m) { m.mutable_work_order()->set_priority("now"); }, "now"},
      {"pool", [](auto& m) { m.mutable_work_order()->clear_pull_pool(); }, "pool"},
      {"standard work", [](auto& m) { m.mutable_work_order()->set_standard_work("x"); }, "digest"},
      {"sku", [](auto& m) { m.mutable_work_order()->set_sku(std::string(257, 'x')); }, "too long"},
      {"due date", [](auto& m) { m.mutable_work_order()->set_due_date(std::string(33, 'x')); }, "too long"},
  };
  Factory f;
  f.begin();
  for (const auto& row : rows) {
    auto m = f.acceptance("s-1");
    row.spoil(m);
    auto verdict = f.send(m, f.node_a);
    EXPECT_FALSE(verdict.admitted) << row.name;
    EXPECT_THAT(verdict.reason, HasSubstr(row.reason)) << row.name;
  }
  EXPECT_THAT(f.send(f.acceptance("s-1"), f.node_c).reason, HasSubstr("lacks the role intake"));
  auto id = f.accept("s-1");
  EXPECT_THAT(f.send(f.acceptance("s-1"), f.node_b).reason, HasSubstr("accepted before"));
  f.finish(id);
  EXPECT_THAT(f.send(f.acceptance("s-1"), f.node_b).reason, HasSubstr("accepted before"));
}

// ---- dispatches and decisions ----

TEST(LineState, RefusesDispatchesThatAreNotSound) {
  struct Row {
    const char* name;
    std::function<void(proto::Dispatch&)> spoil;
    const char* reason;
  };
  const Row rows[] = {
      {"term", [](auto& m) { m.set_term(7); }, "term 7"},
      {"attempt", [](auto& m) { m.set_attempt(1); }, "another attempt"},
      {"stage", [](auto& m) { m.mutable_next()->set_stage("test"); }, "resumes at build"},
      {"predecessor", [](auto& m) { m.set_predecessor(other_digest); }, "last passed outcome"},
      {"manifest", [](auto& m) { m.clear_manifest(); }, "manifest as it is"},
      {"unknown", [](auto& m) { m.set_work_order_id("wo-0"); }, "is not known"},
  };
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  EXPECT_THAT(f.send(f.dispatch(f.order(id)), f.node_a).reason, HasSubstr("does not wait"));
  f.pass(id);
  EXPECT_THAT(f.send(f.dispatch(f.order(id)), f.node_a).reason, HasSubstr("does not wait"));
  f.pass_until(id, Stage::build);
  f.admit(f.failed(f.order(id), "F6.1"), f.node_a);
  EXPECT_THAT(f.send(f.dispatch(f.order(id)), f.node_a).reason, HasSubstr("does not wait"));
  f.admit(f.decision(f.order(id), "resume"), f.ann);
  for (const auto& row : rows) {
    auto m = f.dispatch(f.order(id));
    row.spoil(m);
    EXPECT_THAT(f.send(m, f.node_a).reason, HasSubstr(row.reason)) << row.name;
  }
  EXPECT_THAT(f.send(f.dispatch(f.order(id)), f.node_b).reason, HasSubstr("held by node-a"));
  auto dispatch = f.dispatch(f.order(id));
  f.admit(dispatch, f.node_a);
  EXPECT_FALSE(f.send(dispatch, f.node_a).admitted);
}

TEST(LineState, CountsADispatchInTheLevelingCycleAsThePlanForeseesIt) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1", Bucket::security);
  f.pass_until(id, Stage::generate);
  f.admit(f.decision(f.order(id), "hold"), f.bob);
  f.admit(f.decision(f.order(id), "resume"), f.bob);
  auto used = f.state.cycle().used();
  f.pass(id);
  ++used[static_cast<size_t>(Bucket::security)];
  EXPECT_EQ(f.state.cycle().used(), used);
}

TEST(LineState, RefusesDecisionsThatDoNotFit) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  auto decide = [&](const std::string& what, const Member& by) {
    return f.send(f.decision(f.order(id), what), by);
  };
  EXPECT_THAT(decide("hold", f.node_a).reason, HasSubstr("lacks the role operator"));
  EXPECT_THAT(decide("resume", f.bob).reason, HasSubstr("not set aside"));
  EXPECT_FALSE(decide("frame", f.bob).admitted);
  auto late = f.decision(f.order(id), "hold");
  late.set_attempt(2);
  EXPECT_THAT(f.send(late, f.bob).reason, HasSubstr("about attempt 2"));
  f.admit(f.decision(f.order(id), "hold"), f.bob);
  EXPECT_THAT(decide("hold", f.ann).reason, HasSubstr("held already"));
  EXPECT_THAT(decide("quarantine", f.ann).reason, HasSubstr("held already"));
}

// ---- keys ----

TEST(LineState, LetsAStationWorkOnlyItsStagesAndPools) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::render);
  EXPECT_THAT(f.send(f.passed(f.order(id)), f.node_c).reason, HasSubstr("may not work"));
  auto to_arm = f.passed(f.order(id));
  to_arm.mutable_next()->set_pool("arm");
  f.admit(to_arm, f.node_a);
  EXPECT_THAT(f.send(f.passed(f.order(id)), f.bob).reason, HasSubstr("may not work"));
  auto back = f.passed(f.order(id));
  f.admit(back, f.node_c);
  EXPECT_THAT(f.send(f.passed(f.order(id)), f.node_c).reason,
              HasSubstr("may not work"));  // test, but in pool any
}

}  // namespace
}  // namespace tcps::line
