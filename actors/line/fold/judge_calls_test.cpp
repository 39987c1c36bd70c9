// Calls for help: who may raise, escalate, acknowledge and resolve them, and what they stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Member;

TEST(LineState, LetsEachKindOfCallComeFromWhoMayMakeIt) {
  struct Row {
    const char* kind;
    bool ann, node_a, node_b;
  };
  const Row rows[] = {{"stage_failed", false, true, false}, {"forgery", false, true, false},
                      {"overdue", false, true, false},      {"systemic", false, true, false},
                      {"pulled", true, false, false},       {"crash_loop", false, true, true},
                      {"party", false, false, false}};
  for (const auto& row : rows) {
    const std::string kind = row.kind;
    auto made_by = [&](const char* who) {
      Factory f;
      f.begin();
      auto id = f.accept("s-1");
      if (kind == "stage_failed") f.admit(f.failed(f.order(id), "F1.1"), f.node_a);
      const auto& by = std::string(who) == "ann" ? f.ann : std::string(who) == "a" ? f.node_a : f.node_b;
      auto verdict = f.send(f.call("c-1", kind, &f.order(id)), by);
      EXPECT_EQ(verdict.admitted, f.state.andons().contains("c-1"));
      EXPECT_EQ(testing::broken_invariant(f.state), "");
      if (verdict.admitted) {
        EXPECT_EQ(f.order(id).phase, Phase::quarantined) << kind;
        EXPECT_TRUE(f.order(id).called);
      }
      return verdict.admitted;
    };
    EXPECT_EQ(made_by("ann"), row.ann) << kind;
    EXPECT_EQ(made_by("a"), row.node_a) << kind;
    EXPECT_EQ(made_by("b"), row.node_b) << kind;
  }
}

TEST(LineState, RefusesCallsThatDoNotFit) {
  struct Row {
    const char* name;
    std::function<void(proto::AndonRaised&)> spoil;
    const char* reason;
  };
  const Row rows[] = {
      {"id", [](auto& m) { m.set_andon_id("C 1"); }, "malformed"},
      {"reason", [](auto& m) { m.set_reason(std::string(4097, 'x')); }, "4096"},
      {"severity", [](auto& m) { m.set_severity(std::string(257, 'x')); }, "256"},
      {"stage", [](auto& m) { m.set_stage("paint"); }, "paint"},
      {"work order", [](auto& m) { m.set_work_order_id("wo-0"); }, "not known"},
      {"attempt", [](auto& m) { m.set_attempt(2); }, "another attempt"},
  };
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  for (const auto& row : rows) {
    auto m = f.call("c-1", "pulled", &f.order(id));
    row.spoil(m);
    EXPECT_THAT(f.send(m, f.bob).reason, HasSubstr(row.reason)) << row.name;
  }
  EXPECT_THAT(f.send(f.call("c-1", "stage_failed", &f.order(id)), f.node_a).reason,
              HasSubstr("has not failed"));
  f.admit(f.call("c-1", "pulled", &f.order(id)), f.bob);
  EXPECT_THAT(f.send(f.call("c-1", "pulled"), f.ann).reason, HasSubstr("open already"));
}

// A station whose card went on meanwhile (its acknowledgement was lost, the redelivery counted as a crash)
// must not stop the next stage.
TEST(LineState, RefusesACrashLoopOfACardThatIsNoLongerOpen) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::render);
  auto call = f.call("c-1", "crash_loop", &f.order(id));
  EXPECT_THAT(f.send(f.call("c-2", "crash_loop", &f.order(id)), f.node_c).reason, HasSubstr("may work"));
  EXPECT_THAT(f.send(f.call("c-3", "crash_loop"), f.node_a).reason, HasSubstr("of a work order's card"));
  f.pass(id);
  EXPECT_THAT(f.send(call, f.node_a).reason, HasSubstr("another stage"));
  EXPECT_EQ(f.order(id).phase, Phase::working);
  f.admit(f.decision(f.order(id), "hold"), f.bob);
  EXPECT_FALSE(f.send(f.call("c-4", "crash_loop", &f.order(id)), f.node_a).admitted);
}

TEST(LineState, BoundsTheOpenCalls) {
  Factory f;
  f.keeps_history = false;
  f.begin();
  for (size_t i = 0; i < open_andons_max; ++i) f.admit(f.call("c-" + std::to_string(i), "overdue"), f.node_a);
  EXPECT_THAT(f.send(f.call("one-more", "overdue"), f.node_a).reason, HasSubstr("too many"));
  f.admit(f.resolution("c-0", "keep"), f.bob);
  EXPECT_TRUE(f.send(f.call("one-more", "overdue"), f.node_a).admitted);
}

TEST(LineState, EscalatesLevelByLevel) {
  Factory f;
  f.begin();
  f.admit(f.call("c-1", "overdue"), f.node_a);
  auto escalated = [&](const std::string& id, uint32_t level, const Member& by) {
    proto::AndonEscalated m;
    *m.mutable_log() = f.origin();
    m.set_andon_id(id);
    m.set_level(level);
    m.set_term(f.state.holder(Role::supervisor).term);
    return f.send(m, by);
  };
  EXPECT_THAT(escalated("c-1", 2, f.node_a).reason, HasSubstr("at level 0"));
  EXPECT_THAT(escalated("c-2", 1, f.node_a).reason, HasSubstr("not open"));
  EXPECT_FALSE(escalated("c-1", 1, f.node_b).admitted);
  EXPECT_TRUE(escalated("c-1", 1, f.node_a).admitted);
  EXPECT_THAT(escalated("c-1", 1, f.node_a).reason, HasSubstr("at level 1"));
}

TEST(LineState, AcknowledgesAndResolvesByPeopleOnly) {
  Factory f;
  f.begin();
  f.admit(f.call("c-1", "overdue"), f.node_a);
  proto::AndonAcknowledged seen;
  *seen.mutable_log() = f.origin();
  seen.set_andon_id("c-1");
  EXPECT_FALSE(f.send(seen, f.node_a).admitted);
  f.admit(seen, f.bob);
  EXPECT_TRUE(f.state.andons().at("c-1").acknowledged);
  EXPECT_FALSE(f.send(f.resolution("c-1", "keep"), f.node_a).admitted);
  EXPECT_THAT(f.send(f.resolution("c-1", "ignore"), f.bob).reason, HasSubstr("resume, keep or cancel"));
  f.admit(f.resolution("c-1", "keep"), f.bob);
  EXPECT_THAT(f.send(f.resolution("c-1", "keep"), f.bob).reason, HasSubstr("not open"));
}

TEST(LineState, DisposesOfTheWorkOrderOfAResolvedCall) {
  for (const std::string disposition : {"resume", "keep", "cancel"}) {
    Factory f;
    f.begin();
    auto id = f.accept("s-1");
    f.admit(f.failed(f.order(id), "F1.1"), f.node_a);
    f.admit(f.call("c-1", "stage_failed", &f.order(id)), f.node_a);
    f.admit(f.call("c-2", "pulled", &f.order(id)), f.bob);
    f.admit(f.resolution("c-1", disposition), f.bob);
    EXPECT_EQ(testing::broken_invariant(f.state), "") << disposition;
    EXPECT_EQ(f.state.andons().size(), disposition == "keep" ? 1u : 0u);
    if (disposition == "cancel") {
      EXPECT_TRUE(f.state.closed(id));
    } else {
      EXPECT_EQ(f.order(id).phase, disposition == "keep" ? Phase::quarantined : Phase::backlog);
      EXPECT_EQ(f.order(id).attempt, disposition == "keep" ? 1u : 2u);
    }
  }
}

TEST(LineState, StopsAStageOrTheLineUntilTheCallIsResolved) {
  Factory f;
  f.begin();
  auto call = f.call("c-1", "systemic");
  call.set_stage("build");
  f.admit(call, f.node_a);
  EXPECT_TRUE(f.state.stage_stopped(Stage::build));
  EXPECT_FALSE(f.state.stage_stopped(Stage::test));
  EXPECT_FALSE(f.state.line_stopped());
  EXPECT_TRUE(f.state.failure_run(Stage::build).called);
  f.admit(f.resolution("c-1", "keep"), f.bob);
  EXPECT_FALSE(f.state.stage_stopped(Stage::build));
  EXPECT_FALSE(f.state.failure_run(Stage::build).called);
  f.admit(f.call("c-2", "pulled"), f.bob);
  EXPECT_TRUE(f.state.line_stopped());
  EXPECT_TRUE(f.state.stage_stopped(Stage::test));
  f.admit(f.resolution("c-2", "keep"), f.bob);
  f.admit(f.call("c-3", "overdue"), f.node_a);
  EXPECT_FALSE(f.state.line_stopped());
}

TEST(LineState, StopsWorkByTheKindsOfCallThatSayIt) {
  for (const AndonKind kind : all_words<AndonKind>) {
    if (kind == AndonKind::crash_loop) continue;  // always about a work order
    const std::string text(to_string(kind));
    Factory f;
    f.begin();
    f.admit(f.call("c-1", text), kind == AndonKind::pulled ? f.bob : f.node_a);
    EXPECT_EQ(f.state.line_stopped(), stops(kind)) << text;
    EXPECT_EQ(f.state.stage_stopped(Stage::build), stops(kind)) << text;
    EXPECT_EQ(stops_work(f.state.andons().at("c-1")), stops(kind)) << text;
  }
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.admit(f.call("c-1", "pulled", &f.order(id)), f.bob);
  EXPECT_FALSE(f.state.line_stopped()) << "a call about a work order stops that alone";
}

TEST(Divergence, IsCalledByReplicasAndStopsTheLineUntilAPersonHasResolvedIt) {
  Factory f;
  f.begin();
  auto call = f.call("andon-diverged-7", "diverged");
  EXPECT_FALSE(f.send(call, f.bob).admitted) << "no replica";
  f.admit(call, f.node_a);
  EXPECT_TRUE(f.state.diverged());
  EXPECT_TRUE(f.state.line_stopped());
  EXPECT_TRUE(f.state.stage_stopped(Stage::build));
  EXPECT_FALSE(f.send(call, f.node_b).admitted) << "one call is enough";
  f.admit(f.resolution("andon-diverged-7", "keep"), f.bob);
  EXPECT_FALSE(f.state.diverged());
  EXPECT_FALSE(f.state.line_stopped());
}

}  // namespace
}  // namespace tcps::line
