#include "actors/stages/render/render_procedure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/scripted_process_runner.h"
#include "actors/stages/common/trial.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

constexpr std::string_view line = R"([line]
name = "hello"
title = "Hello"
initial_version = "1.0.0"
[build]
system = "make"
outputs = ["hello"]
[test.unit]
framework = "shell"
commands = [["make", "check"]]
[[release.files]]
from = "hello"
to = "bin/hello"
[knowledge]
ontology = ["ontology/*.ttl"]
shapes = ["shapes/*.ttl"]
work_order_shapes = ["shapes/w.ttl"]
[[query]]
name = "things"
file = "sparql/things.rq"
schema = "schemas/things.json"
timeout = "2s"
[[query]]
name = "extras"
file = "sparql/extras.rq"
features = ["extra"]
[[template]]
file = "templates/list.tera"
data = ["things"]
output = "src/list.h"
[[template]]
file = "templates/extra.tera"
data = ["extras"]
output = "src/extra.h"
features = ["extra"]
)";

class RenderProcedure : public testing::Test {
 protected:
  void SetUp() override {
    trial_.workshop.engine_program = "/opt/tcps/tcps-engine";
    trial_.job.work_order.set_title("Say hello");
    trial_.job.work_order.set_bucket("features");
    trial_.job.work_order.set_priority("high");
    trial_.job.work_order.mutable_demand()->set_source("github");
    trial_.job.work_order.mutable_demand()->set_type("issue");
    trial_.job.work_order.mutable_demand()->set_count(3);
    trial_.hand_on(Stage::extract, "things.json", "[]\n");
  }

  // The engine leaves these files and this answer.
  void answer(const std::string& text, const Repository& files = {}) {
    runner_.on("-- /tcps-engine", [=](const ProcessSpec& spec) -> Result<ProcessResult> {
      for (const auto& [path, content] : files) {
        const auto place = std::filesystem::path(work_folder_of(spec)) / "out" / path;
        std::filesystem::create_directories(place.parent_path());
        std::ofstream(place) << content;
      }
      return exited(0, text);
    });
  }
  json job() const { return json::parse(runner_.calls().at(0).standard_input); }
  Result<StageOutcome> run() { return trial_.run(*procedure_, Stage::render); }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"templates/list.tera", "t"}}, runner_};
  std::unique_ptr<Procedure> procedure_ = make_render_procedure();
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
      R"({"ok":false,"mode":3,"reason":"edited","detail":[],"fields":{"verification":{"manual_edits_detected":true}},"outputs":[]})");
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, 3);
  EXPECT_EQ(outcome->fields["verification"]["manual_edits_detected"], true);
}

TEST(RenderWithoutOntology, PassesUnchanged) {
  ScriptedProcessRunner runner;
  Trial trial(R"([line]
name = "hello"
[build]
system = "make"
outputs = ["hello"]
[test.unit]
framework = "shell"
commands = [["make", "check"]]
[[release.files]]
from = "hello"
to = "bin/hello"
)",
              {}, runner);
  trial.hand_on(Stage::pull, "work_order.json", "{}");
  const auto before = trial.job.manifest;
  const auto procedure = make_render_procedure();
  const auto outcome = trial.run(*procedure, Stage::render);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_FALSE(outcome->failure.has_value());
  EXPECT_EQ(outcome->manifest, before);
  for (const auto* group : {"templates_rendered", "verification"})
    EXPECT_EQ(outcome->fields[group]["applicable"], false) << group;
  EXPECT_TRUE(runner.calls().empty());
}

}  // namespace
}  // namespace tcps::stages
