#include "actors/stages/extract/extract_procedure.h"

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

class ExtractProcedure : public testing::Test {
 protected:
  void SetUp() override {
    trial_.workshop.engine_program = "/opt/tcps/tcps-engine";
    trial_.job.work_order.set_title("Say hello");
    trial_.job.work_order.set_bucket("features");
    trial_.job.work_order.set_priority("high");
    trial_.job.work_order.mutable_demand()->set_source("github");
    trial_.job.work_order.mutable_demand()->set_type("issue");
    trial_.job.work_order.mutable_demand()->set_count(3);
    trial_.hand_on(Stage::generate, "ontology.nt", "<a:b> <a:c> <a:d> .\n");
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
  Result<StageOutcome> run() { return trial_.run(*procedure_, Stage::extract); }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"sparql/things.rq", "q"}}, runner_};
  std::unique_ptr<Procedure> procedure_ = make_extract_procedure();
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
  EXPECT_EQ(outcome->failure->mode, 1);
}

TEST_F(ExtractProcedure, FailsWithoutTheOntologyOfGenerate) {
  trial_.job.manifest = {};
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_NE(outcome->failure->reason.find("generate/ontology.nt"), std::string::npos);
}

TEST(ExtractWithoutOntology, PassesUnchanged) {
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
  const auto procedure = make_extract_procedure();
  const auto outcome = trial.run(*procedure, Stage::extract);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_FALSE(outcome->failure.has_value());
  EXPECT_EQ(outcome->manifest, before);
  for (const auto* group : {"queries_executed", "total_execution_time_ms", "validation"})
    EXPECT_EQ(outcome->fields[group]["applicable"], false) << group;
  EXPECT_TRUE(runner.calls().empty());
}

}  // namespace
}  // namespace tcps::stages
