// The parsers against what the real tools write on this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/reports/gcovr.h"
#include "actors/engines/reports/junit.h"
#include "actors/engines/reports/testing/compiler_text.h"
#include "actors/engines/sandbox/posix_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps::reports {
namespace {

namespace fs = std::filesystem;

class RealReports : public testing::Test {
 protected:
  ProcessResult run(const std::string& script) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", script};
    spec.environment = minimal_environment();
    spec.environment["HOME"] = root_;
    spec.working_directory = root_;
    spec.merge_output = true;
    spec.deadline = std::chrono::seconds(60);
    auto result = runner_.run(spec);
    EXPECT_TRUE(result.has_value());
    return result.value_or(ProcessResult{});
  }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  std::string read(const std::string& name) const { return folder_.read(name); }
  PosixProcessRunner runner_;
  test::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(RealReports, OfGcovrAreUnderstood) {
  write("a.cpp",
        "int used(int x) {\n  if (x > 1) return 1;\n  return 2;\n}\nint unused() { return 3; }\nint main() { "
        "return used(1) - 2; }\n");
  const auto result = run("g++ --coverage -O0 a.cpp -o a && ./a && gcovr --json-summary summary.json");
  ASSERT_TRUE(result.ok()) << result.output;
  const auto coverage = parse_gcovr_summary(read("summary.json"));
  ASSERT_TRUE(coverage.has_value()) << coverage.error().message;
  EXPECT_EQ(coverage->functions.total, 3u);
  EXPECT_EQ(coverage->functions.covered, 2u);
  EXPECT_GT(coverage->lines.percent(), 50);
  EXPECT_LT(coverage->lines.percent(), 100);
}

TEST_F(RealReports, OfGccAreCounted) {
  write("a.cpp", "int f() { int unused; return 1; }\nint g() { return missing; }\n");
  const auto log = log_of(run("g++ -Wall -c a.cpp").output);
  EXPECT_EQ(log.warnings, 1u);
  EXPECT_EQ(log.errors, 1u);
}

TEST_F(RealReports, OfCTestAreUnderstood) {
  write("CTestTestfile.cmake",
        "add_test(good true)\nadd_test(bad false)\nadd_test(absent /no/such/program)\n");
  run("ctest --output-junit junit.xml");
  const auto totals = parse_junit(read("junit.xml"));
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_EQ(totals->total, 3u);
  EXPECT_EQ(totals->passed, 1u);
  EXPECT_FALSE(totals->all_passed());
  EXPECT_THAT(totals->failing, testing::Contains("bad"));
}

TEST_F(RealReports, OfGoogleTestAreUnderstood) {
  run(fs::read_symlink("/proc/self/exe").string() +
      " --gtest_filter='RealReports.OfGccAreCounted' --gtest_output=xml:gtest.xml");
  const auto totals = parse_junit(read("gtest.xml"));
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_EQ(totals->passed, 1u);
  EXPECT_EQ(totals->failed, 0u);
  EXPECT_TRUE(totals->all_passed());
}

}  // namespace
}  // namespace tcps::reports
