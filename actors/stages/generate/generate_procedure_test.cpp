#include "actors/stages/generate/generate_procedure.h"

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

class GenerateProcedure : public testing::Test {
 protected:
  void SetUp() override {
    trial_.workshop.engine_program = "/opt/tcps/tcps-engine";
    trial_.job.work_order.set_title("Say hello");
    trial_.job.work_order.set_bucket("features");
    trial_.job.work_order.set_priority("high");
    trial_.job.work_order.mutable_demand()->set_source("github");
    trial_.job.work_order.mutable_demand()->set_type("issue");
    trial_.job.work_order.mutable_demand()->set_count(3);
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
  Result<StageOutcome> run() { return trial_.run(*procedure_, Stage::generate); }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"ontology/b.ttl", "b"}, {"ontology/a.ttl", "a"}, {"shapes/s.ttl", "s"}}, runner_};
  std::unique_ptr<Procedure> procedure_ = make_generate_procedure();
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
      R"({"ok":false,"mode":1,"reason":"r","detail":[],"fields":{"shacl_validation":{"passed":false}},"outputs":["shacl-report.ttl"]})",
      {{"shacl-report.ttl", "report"}});
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, 1);
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
  const auto procedure = make_generate_procedure();
  const auto outcome = trial.run(*procedure, Stage::generate);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_FALSE(outcome->failure.has_value());
  EXPECT_EQ(outcome->manifest, before);
  for (const auto* group : {"ontology", "shacl_validation", "determinism"})
    EXPECT_EQ(outcome->fields[group]["applicable"], false) << group;
  EXPECT_TRUE(runner.calls().empty());
}

}  // namespace
}  // namespace tcps::stages
