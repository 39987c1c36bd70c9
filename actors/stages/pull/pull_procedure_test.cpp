#include "actors/stages/pull/pull_procedure.h"

#include <gtest/gtest.h>

#include "actors/stages/common/testing/knowledge.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

struct PullProcedure : KnowledgeStage {
  PullProcedure() : KnowledgeStage(Stage::pull, make_pull_procedure(), {{"shapes/w.ttl", "shapes"}}) {}
};

TEST_F(PullProcedure, HandsOnTheWorkOrderWithItsVersion) {
  trial_.job.highest_version = "1.4.2";
  answer(
      R"({"ok":true,"fields":{"validation":{"shacl_passed":true,"constraints_satisfied":true}},"outputs":["work_order.ttl"]})",
      {{"work_order.ttl", "turtle"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  ASSERT_FALSE(outcome->failure.has_value()) << outcome->failure->reason;
  EXPECT_EQ(outcome->version, "1.5.0");
  EXPECT_EQ(outcome->fields, json::parse(R"({
    "demand_signal": {"source":"github","type":"issue","count":3},
    "validation": {"shacl_passed":true,"constraints_satisfied":true},
    "outputs": ["pull/work_order.ttl#wo-0123456789abcdef0123", "pull/work_order.json"]})"));
  EXPECT_EQ(trial_.artifact(Stage::pull, "work_order.ttl"), "turtle");
  const auto order = json::parse(trial_.artifact(Stage::pull, "work_order.json"));
  EXPECT_EQ(order["version"], "1.5.0");
  EXPECT_EQ(order["demand"]["source"], "github");
  EXPECT_EQ(job()["op"], "validate-work-order");
  EXPECT_EQ(job()["shapes"], json::array({"shapes/w.ttl"}));
  EXPECT_EQ(job()["work_order"]["title"], "Say hello");
}

TEST_F(PullProcedure, StopsAtWhatIsWrongBeforeAskingTheEngine) {
  trial_.job.work_order.set_due_date("2026-02-30");
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::invalid_due_date);
  EXPECT_EQ(outcome->fields["validation"]["shacl_passed"], false);
  EXPECT_TRUE(outcome->version.empty());
  EXPECT_TRUE(runner_.calls().empty());
}

TEST_F(PullProcedure, FailsAsTheShapesSay) {
  answer(
      R"({"ok":false,"mode":"F1.3","reason":"no priority","detail":["no priority","no SKU"],"fields":{},"outputs":[]})");
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::missing_required_field);
  EXPECT_EQ(outcome->failure->reason, "no priority");
  EXPECT_NE(trial_.text_of(outcome->failure->evidence).find("no SKU"), std::string::npos);
  EXPECT_TRUE(outcome->manifest.empty());
}

TEST_F(PullProcedure, IsNotToldTwiceWhenTheStoreIsGone) {
  trial_.store.fail_with(Error{ErrorCode::unavailable, "no bus"});
  const auto outcome = run();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace tcps::stages
