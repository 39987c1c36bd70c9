#include "actors/stages/test/test_procedure.h"

#include <gtest/gtest.h>

#include <fstream>

#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/testing/trial.h"

namespace tcps {
namespace {

using namespace stages;

constexpr std::string_view line = R"([line]
name = "hello"
[build]
system = "make"
outputs = ["hello"]
[test]
flaky_reruns = 2
[test.unit]
framework = "googletest"
commands = [["unit"]]
junit = ["unit*.xml"]
[test.property]
framework = "rapidcheck"
commands = [["property-one"], ["property-two"]]
tests_per_property = 50
[test.coverage]
commands = [["measure"]]
report = "coverage.json"
threshold_lines = 80
[[release.files]]
from = "hello"
to = "bin/hello"
)";

constexpr const char* all_pass =
    R"(<testsuite name="S"><testcase classname="S" name="a" time="0.01"/></testsuite>)";
constexpr const char* one_fails =
    R"(<testsuite name="S"><testcase classname="S" name="a"><failure message="no"/></testcase></testsuite>)";
constexpr const char* coverage_of_90 =
    R"({"line_covered":90,"line_total":100,"function_covered":9,"function_total":10,"branch_covered":1,"branch_total":2})";

ScriptedProcessRunner::Answer writes(const std::string& name, const std::string& text, int exit_code = 0) {
  return [=](const ProcessSpec& spec) -> Result<ProcessResult> {
    std::ofstream(work_folder_of(spec) + "/" + name) << text;
    return exited(exit_code, exit_code == 0 ? "" : "1 test failed\n");
  };
}

class Testing : public testing::Test {
 protected:
  Testing() { runner_.on("-- true", exited(0)); }
  void pass_properties() { runner_.on("-- property-", exited(0)); }
  StageOutcome test() {
    auto outcome = trial_.run(*make_test_procedure(), Stage::test);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(StageOutcome{});
  }
  StageOutcome expect_failure(FailureMode mode, const std::string& part) {
    auto outcome = test();
    EXPECT_TRUE(outcome.failure.has_value());
    if (!outcome.failure) return outcome;
    EXPECT_EQ(outcome.failure->mode, mode) << outcome.failure->reason;
    EXPECT_NE(outcome.failure->reason.find(part), std::string::npos) << outcome.failure->reason;
    EXPECT_NE(trial_.text_of(outcome.failure->evidence), "");
    return outcome;
  }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"unit-old.xml", one_fails}}, runner_};
};

TEST_F(Testing, PassesWhenEverySuiteDoesAndCoverageIsHighEnough) {
  runner_.on("-- unit", writes("unit.xml", all_pass));
  pass_properties();
  runner_.on("-- measure", writes("coverage.json", coverage_of_90));
  const auto outcome = test();
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  const auto& fields = outcome.fields;
  EXPECT_EQ(fields["unit_tests"], (nlohmann::json{{"framework", "googletest"},
                                                  {"total", 1},
                                                  {"passed", 1},
                                                  {"failed", 0},
                                                  {"skipped", 0},
                                                  {"duration_ms", 10}}));
  EXPECT_EQ(fields["integration_tests"]["applicable"], false);
  EXPECT_EQ(fields["property_tests"]["properties"], 2);
  EXPECT_EQ(fields["property_tests"]["tests_per_property"], 50);
  EXPECT_EQ(fields["property_tests"]["all_passed"], true);
  EXPECT_EQ(fields["coverage"]["lines"], 90);
  EXPECT_EQ(fields["coverage"]["functions"], 90);
  EXPECT_EQ(fields["coverage"]["passed"], true);
  EXPECT_EQ(fields["coverage"]["report"], Digest::of(coverage_of_90).to_string());
  EXPECT_EQ(trial_.artifact(Stage::test, ".tcps/unit/unit.xml"), all_pass);
  bool told = false;
  for (const auto& command : runner_.commands())
    told |= command.find("--setenv TCPS_TESTS_PER_PROPERTY 50") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST_F(Testing, NamesTheTestThatFailsEveryTime) {
  runner_.on("-- unit", writes("unit.xml", one_fails, 1));
  const auto outcome = expect_failure(FailureMode::test_failure, "the unit tests: 'S.a' failed");
  EXPECT_EQ(outcome.fields["unit_tests"]["failed"], 1);
  EXPECT_EQ(outcome.fields["coverage"]["status"], "not run");
  EXPECT_EQ(std::count_if(trial_.log.begin(), trial_.log.end(), [](char c) { return c == '$'; }), 3);
}

TEST_F(Testing, CallsATestFlakyThatPassesOnASecondRun) {
  runner_.on("-- unit", writes("unit.xml", one_fails, 1), 1);
  runner_.on("-- unit", writes("unit.xml", all_pass));
  expect_failure(FailureMode::flaky_test, "'S.a' failed");
}

TEST_F(Testing, DoesNotTrustACommandThatFailsWithoutAFailedTest) {
  runner_.on("-- unit", writes("unit.xml", all_pass, 139));
  expect_failure(FailureMode::test_failure, "exit code 139");
}

TEST_F(Testing, DoesNotTakeSilenceForSuccess) {
  runner_.on("-- unit", exited(0));
  expect_failure(FailureMode::test_failure, "no command wrote a JUnit report");
}

TEST_F(Testing, DoesNotTakeAnUnreadableReportForSuccess) {
  runner_.on("-- unit", writes("unit.xml", "<testsuite"));
  expect_failure(FailureMode::test_failure, "unit.xml");
}

TEST_F(Testing, NamesTheCommandThatFailsWhereThereIsNoReport) {
  runner_.on("-- unit", writes("unit.xml", all_pass));
  runner_.on("-- property-one", exited(0));
  runner_.on("-- property-two", exited(1, "falsified\n"));
  const auto outcome = expect_failure(FailureMode::test_failure, "'property-two' failed");
  EXPECT_EQ(outcome.fields["property_tests"]["all_passed"], false);
}

TEST_F(Testing, StopsAtATimeoutWithoutTryingAgain) {
  runner_.on("-- unit", timed_out());
  expect_failure(FailureMode::test_timeout, "takes too long");
  EXPECT_EQ(runner_.calls().size(), 1u);
}

TEST_F(Testing, WantsCoverageAtTheThreshold) {
  runner_.on("-- unit", writes("unit.xml", all_pass));
  pass_properties();
  runner_.on("-- measure",
             writes("coverage.json",
                    R"({"line_covered":799,"line_total":1000,"function_covered":0,"function_total":0,)"
                    R"("branch_covered":0,"branch_total":0})"));
  const auto outcome = expect_failure(FailureMode::coverage_drop, "79.9 percent, below the threshold of 80");
  EXPECT_EQ(outcome.fields["coverage"]["passed"], false);
}

TEST_F(Testing, WantsCoverageMeasured) {
  runner_.on("-- unit", writes("unit.xml", all_pass));
  pass_properties();
  runner_.on("-- measure", exited(0));
  expect_failure(FailureMode::coverage_drop, "coverage.json");
}

}  // namespace
}  // namespace tcps
