#include "actors/stages/build/build_procedure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/build/compiled_modules.h"
#include "actors/stages/common/testing/trial.h"

namespace tcps {
namespace {

using namespace stages;

constexpr std::string_view line = R"([line]
name = "hello"
[build]
system = "cmake"
prepare = [["check-deps"]]
commands = [["compile"]]
compiler_version = ["cc", "--version"]
lock = ["deps.lock"]
outputs = ["out/*"]
repeat = 3
timeout = "20s"
[test.unit]
framework = "shell"
commands = [["make", "check"]]
[[release.files]]
from = "out/hello"
to = "bin/hello"
)";

ScriptedProcessRunner::Answer writes(std::function<std::string()> content) {
  return [content = std::move(content)](const ProcessSpec& spec) -> Result<ProcessResult> {
    const auto out = work_folder_of(spec) + "/out";
    std::filesystem::create_directories(out);
    std::ofstream(out + "/hello") << content();
    std::ofstream(out + "/same") << "same";
    spec.on_line("[1/2] Building CXX object a.o");
    spec.on_line("a.cpp:1:1: warning: odd");
    return exited(0);
  };
}

class Building : public testing::Test {
 protected:
  Building() {
    runner_.on("-- true", exited(0));
    runner_.on("-- cc --version", exited(0, "cc 12.2.0\nmore\n"));
  }
  StageOutcome build() {
    auto outcome = trial_.run(*make_build_procedure(), Stage::build);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(StageOutcome{});
  }
  void expect_failure(FailureMode mode, const std::string& part) {
    const auto outcome = build();
    ASSERT_TRUE(outcome.failure.has_value());
    EXPECT_EQ(outcome.failure->mode, mode) << outcome.failure->reason;
    EXPECT_NE(outcome.failure->reason.find(part), std::string::npos) << outcome.failure->reason;
    EXPECT_NE(trial_.text_of(outcome.failure->evidence), "");
  }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"deps.lock", "locked"}, {"a.cpp", "int a;"}}, runner_};
};

TEST_F(Building, PassesWhenThreeCleanBuildsAgree) {
  runner_.on("-- check-deps", exited(0));
  runner_.on("-- compile", writes([] { return "program"; }));
  const auto outcome = build();
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  EXPECT_EQ(trial_.artifact(Stage::build, "out/hello"), "program");
  EXPECT_EQ(outcome.outputs.at("out/hello"), Digest::of("program"));
  const auto& fields = outcome.fields;
  EXPECT_EQ(fields["compilation"]["modules_compiled"], 1);
  EXPECT_EQ(fields["compilation"]["warnings"], 1);
  EXPECT_EQ(fields["compilation"]["errors"], 0);
  EXPECT_EQ(fields["compilation"]["compiler_version"], "cc 12.2.0");
  EXPECT_EQ(fields["outputs"]["files"], 2);
  EXPECT_EQ(fields["outputs"]["total_size_bytes"], 11);
  EXPECT_EQ(fields["outputs"]["beam_files"]["applicable"], false);
  EXPECT_EQ(fields["determinism"],
            (nlohmann::json{{"builds_compared", 3}, {"identical", true}, {"checksums_match", true}}));
  EXPECT_EQ(fields["dependencies"]["locks"][0]["digest"], Digest::of("locked").to_string());
  const auto checksums = trial_.artifact(Stage::build, ".tcps/checksums.txt");
  EXPECT_EQ(fields["outputs"]["checksums"], Digest::of(checksums).to_string());
}

TEST_F(Building, NamesTheFirstFileThatDiffers) {
  runner_.on("-- check-deps", exited(0));
  int count = 0;
  runner_.on("-- compile", writes([&count] { return "program " + std::to_string(++count); }));
  expect_failure(FailureMode::non_deterministic_build, "'out/hello' differs between build 1 and build 2");
}

TEST_F(Building, QuotesTheCompilersFirstError) {
  runner_.on("-- check-deps", exited(0));
  runner_.on("-- compile", [](const ProcessSpec& spec) {
    spec.on_line("a.cpp:1:5: error: expected ';'");
    return exited(1, "ninja: build stopped\n");
  });
  expect_failure(FailureMode::compilation_error, "a.cpp:1:5: error: expected ';'");
}

TEST_F(Building, MissesAnOutputThatWasNotMade) {
  runner_.on("-- check-deps", exited(0));
  runner_.on("-- compile", exited(0));
  expect_failure(FailureMode::compilation_error, "no file that matches the output 'out/*'");
}

TEST_F(Building, MissesADependency) {
  runner_.on("-- check-deps", exited(1, "libfoo not found\n"));
  expect_failure(FailureMode::missing_dependency, "libfoo not found");
}

TEST_F(Building, StopsAtItsTimeout) {
  runner_.on("-- check-deps", exited(0));
  runner_.on("-- compile", timed_out());
  expect_failure(FailureMode::build_timeout, "takes too long");
}

TEST_F(Building, GivesTheCardBackWhenTheStoreIsGone) {
  trial_.store.fail_with(Error{ErrorCode::unavailable, "gone"});
  const auto outcome = trial_.run(*make_build_procedure(), Stage::build);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

TEST(BuildLocks, AreNeeded) {
  ScriptedProcessRunner runner;
  Trial trial(line, {{"a.cpp", "int a;"}}, runner);
  const auto outcome = trial.run(*make_build_procedure(), Stage::build);
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::missing_dependency);
  EXPECT_NE(outcome->failure->reason.find("deps.lock"), std::string::npos);
}

TEST(CompiledModules, AreCountedAsEachSystemTellsThem) {
  CompiledModules cmake(BuildSystem::cmake), cargo(BuildSystem::cargo), make(BuildSystem::make);
  for (const auto* text : {"[1/9] Building CXX object src/a.o", "[2/9] Building C object b.o",
                           "[9/9] Linking CXX executable a", "   Compiling serde v1.0"}) {
    cmake.add_line(text);
    cargo.add_line(text);
    make.add_line(text);
  }
  EXPECT_EQ(cmake.to_json(), 2);
  EXPECT_EQ(cargo.to_json(), 1);
  EXPECT_EQ(make.to_json()["applicable"], false);
}

}  // namespace
}  // namespace tcps
