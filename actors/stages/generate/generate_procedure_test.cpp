#include "actors/stages/generate/generate_procedure.h"

#include <gtest/gtest.h>

#include "actors/stages/common/testing/knowledge.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

struct GenerateProcedure : KnowledgeStage {
  GenerateProcedure()
      : KnowledgeStage(Stage::generate, make_generate_procedure(),
                       {{"ontology/b.ttl", "b"}, {"ontology/a.ttl", "a"}, {"shapes/s.ttl", "s"}}) {}
};

TEST_F(GenerateProcedure, AsksForTheFilesOfTheGlobsAndHandsOnTheOntology) {
  answer(
      R"({"ok":true,"fields":{"ontology":{"files_loaded":2}},"outputs":["shacl-report.ttl","ontology.nt"]})",
      {{"shacl-report.ttl", "report"}, {"ontology.nt", "triples"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  ASSERT_FALSE(outcome->failure.has_value()) << outcome->failure->reason;
  EXPECT_EQ(
      job(),
      json::parse(
          R"({"op":"generate","iterations":3,"ontology":["ontology/a.ttl","ontology/b.ttl"],"shapes":["shapes/s.ttl"]})"));
  EXPECT_EQ(outcome->fields["ontology"]["files_loaded"], 2);
  EXPECT_EQ(trial_.artifact(Stage::generate, "ontology.nt"), "triples");
  EXPECT_EQ(trial_.artifact(Stage::generate, "shacl-report.ttl"), "report");
  EXPECT_TRUE(outcome->outputs.contains("ontology.nt"));
}

TEST_F(GenerateProcedure, ShowsTheReportAsEvidenceOfAViolation) {
  answer(
      R"({"ok":false,"mode":"F3.1","reason":"r","detail":[],"fields":{"shacl_validation":{"passed":false}},"outputs":["shacl-report.ttl"]})",
      {{"shacl-report.ttl", "report"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::shacl_violation);
  EXPECT_EQ(trial_.text_of(outcome->failure->evidence), "report");
  EXPECT_EQ(outcome->fields["shacl_validation"]["passed"], false);
}

TEST_F(GenerateProcedure, HandsTheCardBackWhenItIsStopped) {
  ProcessResult result;
  result.cancelled = true;
  runner_.on("-- /tcps-engine", result);
  const auto outcome = run();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

TEST(GenerateWithoutOntology, PassesUnchanged) {
  expect_unchanged_without_ontology(*make_generate_procedure(), Stage::generate,
                                    {"ontology", "shacl_validation", "determinism"});
}

}  // namespace
}  // namespace tcps::stages
