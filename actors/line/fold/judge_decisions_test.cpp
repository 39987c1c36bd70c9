// What puts a work order in, on and aside without a stage: acceptances, dispatches, decisions of people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Member;

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

const std::string another_digest = Digest::of("other").to_string();

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
      {"predecessor", [](auto& m) { m.set_predecessor(another_digest); }, "last passed outcome"},
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

}  // namespace
}  // namespace tcps::line
