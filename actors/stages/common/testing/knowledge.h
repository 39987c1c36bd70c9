// For the tests of the procedures that ask tcps-engine (pull, generate, extract, render): one work order of a
// product with an ontology, and an engine that leaves the files and gives the answer that the test says.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>

#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/testing/trial.h"
#include "tests/support/smallest_line.h"

namespace tcps::stages {

inline const std::string line_without_ontology =
    "[line]\nname = \"hello\"\ntitle = \"Hello\"\ninitial_version = \"1.0.0\"\n" +
    test::smallest_line.substr(test::smallest_line.find("[build]"));

inline constexpr std::string_view knowledge_of_the_line = R"([knowledge]
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

class KnowledgeStage : public testing::Test {
 protected:
  KnowledgeStage(Stage stage, std::unique_ptr<Procedure> procedure, const Repository& repository)
      : stage_(stage),
        procedure_(std::move(procedure)),
        trial_(line_without_ontology + std::string(knowledge_of_the_line), repository, runner_) {
    trial_.workshop.engine_program = "/opt/tcps/tcps-engine";
    auto& order = trial_.job.work_order;
    order.set_title("Say hello");
    order.set_bucket("features");
    order.set_priority("high");
    order.mutable_demand()->set_source("github");
    order.mutable_demand()->set_type("issue");
    order.mutable_demand()->set_count(3);
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
  // What the engine was asked to do.
  nlohmann::json job() const { return nlohmann::json::parse(runner_.calls().at(0).standard_input); }
  Result<StageOutcome> run() { return trial_.run(*procedure_, stage_); }

 private:
  Stage stage_;
  std::unique_ptr<Procedure> procedure_;

 protected:
  ScriptedProcessRunner runner_;
  Trial trial_;
};

// The stage of a product without an ontology hands on what it was given, asks no engine, and says of each of
// its groups of receipt fields that it does not apply.
inline void expect_unchanged_without_ontology(Procedure& procedure, Stage stage,
                                              std::initializer_list<const char*> groups) {
  ScriptedProcessRunner runner;
  Trial trial(line_without_ontology, {}, runner);
  trial.hand_on(Stage::pull, "work_order.json", "{}");
  const auto before = trial.job.manifest;
  const auto outcome = trial.run(procedure, stage);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_FALSE(outcome->failure.has_value());
  EXPECT_EQ(outcome->manifest, before);
  for (const auto* group : groups) EXPECT_EQ(outcome->fields[group]["applicable"], false) << group;
  EXPECT_TRUE(runner.calls().empty());
}

}  // namespace tcps::stages
