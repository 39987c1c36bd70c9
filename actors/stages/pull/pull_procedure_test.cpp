#include "actors/stages/pull/pull_procedure.h"

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

class PullProcedure : public testing::Test {
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
  Result<StageOutcome> run() { return trial_.run(*procedure_, Stage::pull); }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"shapes/w.ttl", "shapes"}}, runner_};
  std::unique_ptr<Procedure> procedure_ = make_pull_procedure();
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
  EXPECT_EQ(outcome->failure->mode, 4);
  EXPECT_EQ(outcome->fields["validation"]["shacl_passed"], false);
  EXPECT_TRUE(outcome->version.empty());
  EXPECT_TRUE(runner_.calls().empty());
}

TEST_F(PullProcedure, FailsAsTheShapesSay) {
  answer(
      R"({"ok":false,"mode":3,"reason":"no priority","detail":["no priority","no SKU"],"fields":{},"outputs":[]})");
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, 3);
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
