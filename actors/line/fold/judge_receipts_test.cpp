// Which outcomes of a stage are refused: one field spoiled at a time, with real signatures; those that come
// too late; those of a station that may not work the stage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Keys;

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
    ::testing::ValuesIn(std::vector<Spoiled>{
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
                "names none"}}),
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
