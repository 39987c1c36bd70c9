#include "actors/stages/extract/extract_procedure.h"

#include <gtest/gtest.h>

#include "actors/stages/common/testing/knowledge.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

struct ExtractProcedure : KnowledgeStage {
  ExtractProcedure() : KnowledgeStage(Stage::extract, make_extract_procedure(), {{"sparql/things.rq", "q"}}) {
    trial_.hand_on(Stage::generate, "ontology.nt", "<a:b> <a:c> <a:d> .\n");
  }
};

TEST_F(ExtractProcedure, AsksTheQueriesThatServeTheFeature) {
  answer(
      R"({"ok":true,"fields":{"queries_executed":[{"query_file":"sparql/things.rq"}]},"outputs":["things.json"]})",
      {{"things.json", "[]"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  ASSERT_FALSE(outcome->failure.has_value()) << outcome->failure->reason;
  EXPECT_EQ(
      job()["queries"],
      json::parse(
          R"([{"name":"things","file":"sparql/things.rq","schema":"schemas/things.json","timeout_ms":2000,"allow_empty":false}])"));
  EXPECT_EQ(trial_.artifact(Stage::extract, "things.json"), "[]");
  EXPECT_EQ(outcome->fields["queries_executed"].size(), 1u);
}

TEST_F(ExtractProcedure, AsksMoreForAWorkOrderOfAFeature) {
  trial_.job.work_order.mutable_demand()->set_feature("extra");
  answer(R"({"ok":true,"fields":{},"outputs":[]})");
  ASSERT_TRUE(run().has_value());
  ASSERT_EQ(job()["queries"].size(), 2u);
  EXPECT_EQ(job()["queries"][1]["name"], "extras");
}

TEST_F(ExtractProcedure, CallsAnEngineThatOverstaysATimeout) {
  runner_.on("-- /tcps-engine", timed_out());
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::query_timeout);
}

TEST_F(ExtractProcedure, FailsWithoutTheOntologyOfGenerate) {
  trial_.job.manifest = {};
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_NE(outcome->failure->reason.find("generate/ontology.nt"), std::string::npos);
}

TEST(ExtractWithoutOntology, PassesUnchanged) {
  expect_unchanged_without_ontology(*make_extract_procedure(), Stage::extract,
                                    {"queries_executed", "total_execution_time_ms", "validation"});
}

}  // namespace
}  // namespace tcps::stages
