#include "actors/stages/common/workspace.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/testing/trial.h"
#include "tests/support/smallest_line.h"

namespace tcps::stages {
namespace {

namespace fs = std::filesystem;

class Laying : public testing::Test {
 protected:
  Digest snapshot() { return *Digest::parse(trial_.job.work_order.snapshot()); }
  Status lay(Stage stage) {
    if (auto laid = lay_snapshot(trial_.store, snapshot(), work_); !laid) return laid;
    return lay_files(trial_.store, trial_.manifest(), stage, work_);
  }
  std::string read(const std::string& path) {
    return read_product_file(work_, path, 1000).value_or("<none>");
  }

  ScriptedProcessRunner runner_;
  Trial trial_{test::smallest_line, {{"src/a.c", "int a;"}, {"run.sh", "#!/bin/sh\n"}}, runner_};
  std::string work_ = trial_.folder + "/work";
};

TEST_F(Laying, PutsMadeFilesOverTheRepository) {
  trial_.hand_on(Stage::render, "src/a.c", "int rendered;");
  trial_.hand_on(Stage::render, "src/new/b.c", "int b;");
  trial_.hand_on(Stage::render, ".tcps/render.log", "log");
  trial_.hand_on(Stage::build, "bin/a", "not of this stage");
  ASSERT_TRUE(lay(Stage::render).has_value());
  EXPECT_EQ(read("src/a.c"), "int rendered;");
  EXPECT_EQ(read("src/new/b.c"), "int b;");
  EXPECT_FALSE(fs::exists(work_ + "/.tcps"));
  EXPECT_FALSE(fs::exists(work_ + "/bin"));
  EXPECT_FALSE(fs::exists(work_ + ".snapshot"));
}

TEST_F(Laying, KeepsModesAndGivesLaterStagesLaterDates) {
  trial_.hand_on(Stage::render, "src/a.c", "int rendered;");
  trial_.hand_on(Stage::render, "gen.sh", "#!/bin/sh\n");
  ASSERT_TRUE(lay(Stage::render).has_value());
  struct stat repository, rendered;
  ASSERT_EQ(stat((work_ + "/run.sh").c_str(), &repository), 0);
  ASSERT_EQ(stat((work_ + "/gen.sh").c_str(), &rendered), 0);
  EXPECT_EQ(repository.st_mode & 0777, 0755u);
  EXPECT_EQ(rendered.st_mode & 0777, 0755u);
  EXPECT_LT(repository.st_mtime, rendered.st_mtime);
  EXPECT_LT(rendered.st_mtime, time(nullptr) - 86'400);
}

TEST_F(Laying, NeverWritesThroughALink) {
  ASSERT_TRUE(lay_snapshot(trial_.store, snapshot(), work_).has_value());
  const auto outside = trial_.folder + "/outside";
  fs::create_directories(outside);
  std::ofstream(outside + "/secret") << "untouched";
  fs::create_symlink(outside, work_ + "/out");
  fs::create_symlink(outside + "/secret", work_ + "/file");
  trial_.hand_on(Stage::build, "file", "made");
  ASSERT_TRUE(lay_files(trial_.store, trial_.manifest(), Stage::build, work_).has_value());
  EXPECT_EQ(read("file"), "made");
  trial_.hand_on(Stage::build, "out/secret", "made");
  const auto laid = lay_files(trial_.store, trial_.manifest(), Stage::build, work_);
  ASSERT_FALSE(laid.has_value());
  EXPECT_EQ(laid.error().code, ErrorCode::refused);
  std::ifstream secret(outside + "/secret");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(secret), {}), "untouched");
}

TEST_F(Laying, NeverReadsThroughALink) {
  ASSERT_TRUE(lay_snapshot(trial_.store, snapshot(), work_).has_value());
  fs::create_symlink("/etc", work_ + "/etc");
  fs::create_symlink("/etc/passwd", work_ + "/passwd");
  EXPECT_EQ(read_product_file(work_, "etc/passwd", 1000).error().code, ErrorCode::refused);
  EXPECT_EQ(read_product_file(work_, "passwd", 1000).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_product_file(work_, "../x", 1000).error().code, ErrorCode::invalid);
  const auto found = find_files(work_, {"**/*"});
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->files.contains("passwd"));
  EXPECT_FALSE(found->files.contains("etc/passwd"));
}

TEST_F(Laying, SaysWhatTheStoreLacks) {
  EXPECT_EQ(lay_snapshot(trial_.store, Digest::of("absent"), work_).error().code, ErrorCode::not_found);
  trial_.store.damage(snapshot());
  EXPECT_EQ(lay_snapshot(trial_.store, snapshot(), work_).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace tcps::stages
