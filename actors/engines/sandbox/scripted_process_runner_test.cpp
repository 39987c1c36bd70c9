#include "actors/engines/sandbox/testing/scripted_process_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcps {
namespace {

ProcessSpec command(std::vector<std::string> argv) {
  ProcessSpec spec;
  spec.argv = std::move(argv);
  return spec;
}

TEST(ScriptedProcessRunner, AnswersInTheOrderOfItsRulesAndRemembersCalls) {
  ScriptedProcessRunner runner;
  runner.on("skopeo copy", exited(1, "", "connection refused"), 1);
  runner.on("skopeo copy", exited(0));
  EXPECT_EQ(runner.run(command({"skopeo", "copy", "a", "b"}))->exit_code, 1);
  EXPECT_EQ(runner.run(command({"skopeo", "copy", "a", "b"}))->exit_code, 0);
  EXPECT_THAT(runner.commands(), testing::ElementsAre("skopeo copy a b", "skopeo copy a b"));
}

TEST(ScriptedProcessRunner, RefusesWhatTheScriptDoesNotExpect) {
  ScriptedProcessRunner runner;
  const auto result = runner.run(command({"rm", "-rf"}));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::not_found);
  EXPECT_EQ(runner.calls().size(), 1u);
}

TEST(ScriptedProcessRunner, CanAnswerFromTheSpec) {
  ScriptedProcessRunner runner;
  runner.on("echo", [](const ProcessSpec& spec) -> Result<ProcessResult> { return exited(0, spec.argv[1]); });
  EXPECT_EQ(runner.run(command({"echo", "hello"}))->output, "hello");
  EXPECT_TRUE(timed_out().timed_out);
  EXPECT_FALSE(timed_out().ok());
}

}  // namespace
}  // namespace tcps
