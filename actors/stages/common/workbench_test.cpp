#include "actors/stages/common/workbench.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/testing/trial.h"
#include "tests/support/smallest_line.h"

namespace tcps::stages {
namespace {

const std::string line = test::smallest_line + R"([sandbox]
memory_mib = 512
processes = 20
)";

class AtTheBench : public testing::Test {
 protected:
  void SetUp() override {
    trial_.job.stage = Stage::build;
    trial_.job.workspace = trial_.folder;
    bench_ = *Workbench::open(trial_.job, trial_.workshop);
    work_ = *bench_->lay("work", {});
  }
  Step<ProcessResult> run(Argv argv) {
    Command command{std::move(argv), {{"EXTRA", "1"}, {"TCPS_SKU", "forged"}}, bench_->deadline()};
    return bench_->run(work_, command);
  }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"hello.c", "int main;"}}, runner_};
  std::unique_ptr<Workbench> bench_;
  std::string work_;
};

TEST_F(AtTheBench, TellsEveryCommandWhatIsMade) {
  runner_.on("-- make", exited(0));
  ASSERT_TRUE(run({"make"}).has_value());
  const auto text = runner_.commands().at(0);
  for (const auto* part : {"--setenv EXTRA 1", "--setenv TCPS_SKU hello", "--setenv TCPS_LINE hello",
                           "--setenv TCPS_VERSION 1.2.0", "--setenv TCPS_WORK_ORDER wo-0123456789abcdef0123",
                           "--setenv TCPS_SOURCE_DATE 2026-01-26T10:15:00Z",
                           "--setenv SOURCE_DATE_EPOCH 1769422500", "--nproc=22"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  EXPECT_EQ(runner_.calls().at(0).limits.address_space_bytes_max, 512u << 20);
  EXPECT_EQ(work_folder_of(runner_.calls().at(0)), work_);
}

TEST_F(AtTheBench, BlamesTheNodeWhenThereIsNoSandbox) {
  runner_.on("-- make", exited(1, "bwrap: no namespaces"));
  runner_.on("-- true", exited(1, "", "bwrap: no namespaces"));
  const auto result = run({"make"});
  ASSERT_FALSE(result.has_value());
  ASSERT_TRUE(std::holds_alternative<Error>(result.error()));
  EXPECT_EQ(std::get<Error>(result.error()).code, ErrorCode::unavailable);
}

TEST_F(AtTheBench, BlamesTheCommandWhenTheSandboxWorks) {
  runner_.on("-- make", exited(2, "oh\nno\n"));
  runner_.on("-- true", exited(0));
  const auto result = run({"make"});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(describe_failure({"make"}, *result), "'make' ended with exit code 2: oh / no");
  EXPECT_EQ(trial_.log, "$ make\n[exit code 2]\n");
}

TEST_F(AtTheBench, StartsNothingAfterTheDeadline) {
  const auto result = bench_->run(work_, {{"make"}, {}, Deadline{}});
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->timed_out);
  EXPECT_TRUE(runner_.calls().empty());
}

TEST_F(AtTheBench, HandsTheCardBackWhenItIsStopped) {
  std::stop_source stop;
  trial_.job.cancel = stop.get_token();
  runner_.on("-- make", [&stop](const ProcessSpec&) {
    stop.request_stop();
    return exited(1);
  });
  const auto result = run({"make"});
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(std::holds_alternative<Error>(result.error()));
  EXPECT_EQ(bench_->finish({}, {}).error().code, ErrorCode::unavailable);
}

TEST_F(AtTheBench, GivesTheLogAsEvidenceOfAFailure) {
  bench_->log().add_line("what happened");
  const auto outcome =
      bench_->finish({{"text", "bad \xff"}}, failed(FailureMode::compilation_error, "it broke"));
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::compilation_error);
  EXPECT_EQ(trial_.text_of(outcome->failure->evidence), "what happened\n");
  EXPECT_TRUE(outcome->manifest.empty());
  EXPECT_TRUE(outcome->outputs.empty());
}

TEST_F(AtTheBench, HandsOnWhatItKept) {
  ASSERT_TRUE(bench_->keep_file("hello.c", work_ + "/hello.c").has_value());
  const auto outcome = bench_->finish({}, {});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_FALSE(outcome->failure.has_value());
  EXPECT_EQ(outcome->outputs.at("hello.c"), Digest::of("int main;"));
  EXPECT_TRUE(outcome->outputs.contains(".tcps/build.log"));
  EXPECT_EQ(Manifest::load(trial_.store, outcome->manifest)->product_files(Stage::build).size(), 1u);
}

TEST(Workbench, NeedsAnObjectStoreAndAReadableManifest) {
  ScriptedProcessRunner runner;
  Trial trial(line, {}, runner);
  trial.job.workspace = trial.folder;
  trial.job.manifest = Digest::of("absent");
  EXPECT_EQ(Workbench::open(trial.job, trial.workshop).error().code, ErrorCode::not_found);
  trial.workshop.artifacts = nullptr;
  EXPECT_EQ(Workbench::open(trial.job, trial.workshop).error().code, ErrorCode::unavailable);
}

TEST(Workbench, MakesTheWorkspaceOfItsRun) {
  ScriptedProcessRunner runner;
  Trial trial(line, {}, runner);
  trial.job.workspace = trial.folder + "/not/yet/there";
  ASSERT_TRUE(Workbench::open(trial.job, trial.workshop).has_value());
  EXPECT_TRUE(std::filesystem::is_directory(trial.job.workspace));
  std::ofstream(trial.folder + "/file") << "x";
  trial.job.workspace = trial.folder + "/file/below";
  EXPECT_EQ(Workbench::open(trial.job, trial.workshop).error().code, ErrorCode::io);
}

TEST(Workbench, RefusesAWorkOrderWithoutSnapshot) {
  ScriptedProcessRunner runner;
  Trial trial(line, {}, runner);
  trial.job.workspace = trial.folder;
  trial.job.work_order.set_snapshot("");
  const auto laid = (*Workbench::open(trial.job, trial.workshop))->lay("work", {});
  ASSERT_FALSE(laid.has_value());
  EXPECT_TRUE(std::holds_alternative<StageFailure>(laid.error()));
}

}  // namespace
}  // namespace tcps::stages
