#include "actors/stages/render/render_procedure.h"

#include <gtest/gtest.h>

#include "actors/stages/common/testing/knowledge.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

struct RenderProcedure : KnowledgeStage {
  RenderProcedure() : KnowledgeStage(Stage::render, make_render_procedure(), {{"templates/list.tera", "t"}}) {
    trial_.hand_on(Stage::extract, "things.json", "[]\n");
  }
};

TEST_F(RenderProcedure, TellsTemplatesWhatIsMadeAndHandsOnTheFiles) {
  answer(R"({"ok":true,"fields":{"templates_rendered":[{"output":"src/list.h"}]},"outputs":["src/list.h"]})",
         {{"src/list.h", "int a;"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  ASSERT_FALSE(outcome->failure.has_value()) << outcome->failure->reason;
  EXPECT_EQ(job()["context"], json::parse(R"({
    "product": {"name":"hello","sku":"hello","title":"Hello","version":"1.2.0"},
    "work_order": {"id":"wo-0123456789abcdef0123","title":"Say hello","bucket":"features","priority":"high","feature":""},
    "sku": "hello", "version": "1.2.0", "line": "hello",
    "source_date": "2026-01-26T10:15:00Z", "now": "2026-01-26T10:15:00Z"})"));
  EXPECT_EQ(
      job()["templates"],
      json::parse(
          R"([{"file":"templates/list.tera","output":"src/list.h","for_each":"","data":["things"],"marker":true,"comment":""}])"));
  EXPECT_EQ(trial_.artifact(Stage::render, "src/list.h"), "int a;");
  EXPECT_EQ(json::parse(trial_.artifact(Stage::render, ".tcps/templates.json")),
            json::parse(R"([{"output":"src/list.h"}])"));
  EXPECT_EQ(trial_.manifest().product_files(Stage::render).size(), 1u);
}

TEST_F(RenderProcedure, ShortensALongListInTheReceiptOnly) {
  auto list = json::array();
  for (int i = 0; i < 2000; ++i)
    list.push_back({{"output", "src/" + std::to_string(i) + std::string(40, 'x')}});
  answer(json{{"ok", true}, {"fields", {{"templates_rendered", list}}}, {"outputs", json::array()}}.dump());
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_LT(outcome->fields["templates_rendered"].size(), 1000u);
  EXPECT_EQ(json::parse(trial_.artifact(Stage::render, ".tcps/templates.json")), list);
}

TEST_F(RenderProcedure, FailsAsTheTemplatesSay) {
  answer(
      R"({"ok":false,"mode":"F5.3","reason":"edited","detail":[],"fields":{"verification":{"manual_edits_detected":true}},"outputs":[]})");
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::manual_edit_detected);
  EXPECT_EQ(outcome->fields["verification"]["manual_edits_detected"], true);
}

TEST(RenderWithoutOntology, PassesUnchanged) {
  expect_unchanged_without_ontology(*make_render_procedure(), Stage::render,
                                    {"templates_rendered", "verification"});
}

}  // namespace
}  // namespace tcps::stages
