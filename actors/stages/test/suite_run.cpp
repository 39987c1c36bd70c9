#include "actors/stages/test/suite_run.h"

#include <filesystem>

#include "actors/stages/common/workspace.h"

namespace tcps {
namespace {

using namespace stages;

constexpr size_t reports_max = 1'000;
constexpr size_t named_max = 5;  // failing tests in a reason

std::string names_of(const reports::TestTotals& totals) {
  std::string names;
  for (size_t i = 0; i < std::min(named_max, totals.failing.size()); ++i) {
    names += (i == 0 ? "'" : ", '") + totals.failing[i] + "'";
  }
  const auto others = totals.failed - std::min<uint64_t>(totals.failed, named_max);
  return names + (others == 0 ? "" : " and " + std::to_string(others) + " more");
}

class SuiteRun {
 public:
  SuiteRun(Workbench& bench, const std::string& folder, const TestSuite& suite)
      : bench_(bench), folder_(folder), suite_(suite) {}

  Step<void> remove_old_reports() const {
    const auto found = find_files(folder_, suite_.junit);
    if (!found) return halt(found.error());
    std::error_code ignored;
    for (const auto& [path, sum] : found->files) std::filesystem::remove(folder_ + "/" + path, ignored);
    return {};
  }

  Step<void> run_commands(const Environment& environment) {
    const auto deadline = bench_.deadline(suite_.timeout);
    for (const auto& argv : suite_.commands) {
      const auto ended = TCPS_TRY(bench_.run(folder_, {argv, environment, deadline}));
      ++run_;
      wall_ms_ += ended.wall_ms;
      if (ended.ok()) continue;
      result_.timed_out = ended.timed_out;
      command_problem_ = describe_failure(argv, ended);
      failed_command_ = argv;
      break;
    }
    return {};
  }

  Step<void> read_reports() {
    const auto found = find_files(folder_, suite_.junit);
    if (!found) return halt(found.error());
    if (found->files.size() > reports_max) {
      result_.problem = "the suite wrote more than 1000 JUnit reports: write fewer";
      return {};
    }
    for (const auto& [path, sum] : found->files) {
      auto bytes = read_product_file(folder_, path, reports::junit_bytes_max);
      const auto totals = bytes ? reports::parse_junit(*bytes) : fail(bytes.error());
      if (!totals) {
        result_.problem = "JUnit report '" + path + "' cannot be read: " + totals.error().message;
        continue;
      }
      result_.totals.add(*totals);
      result_.reports.emplace(path, std::move(*bytes));
    }
    return {};
  }

  // Without reports: a command that ended well is a test that passed, one after a failed one was not run.
  void count_commands() {
    auto& totals = result_.totals;
    totals.suites = 1;
    totals.total = suite_.commands.size();
    totals.failed = command_problem_.empty() ? 0 : 1;
    totals.passed = run_ - totals.failed;
    totals.skipped = totals.total - run_;
    totals.duration_ms = wall_ms_;
    if (totals.failed != 0) totals.failing.push_back(failed_command_.front());
  }

  SuiteResult conclude() {
    const auto& totals = result_.totals;
    if (result_.timed_out) {
      result_.problem = "takes too long: " + command_problem_;
    } else if (totals.failed != 0) {
      result_.problem = names_of(totals) + " failed: " + command_problem_;
    } else if (!command_problem_.empty()) {
      result_.problem = command_problem_;
    } else if (result_.problem.empty() && !totals.all_passed()) {
      result_.problem = result_.reports.empty() ? "no command wrote a JUnit report" : "no test ran";
    }
    return std::move(result_);
  }

 private:
  Workbench& bench_;
  const std::string& folder_;
  const TestSuite& suite_;
  SuiteResult result_;
  std::string command_problem_;
  Argv failed_command_;
  uint64_t run_ = 0;
  int64_t wall_ms_ = 0;
};

}  // namespace

Step<SuiteResult> run_suite(Workbench& bench, const std::string& folder, const TestSuite& suite,
                            const Environment& environment) {
  SuiteRun run(bench, folder, suite);
  TCPS_TRY(run.remove_old_reports());
  TCPS_TRY(run.run_commands(environment));
  if (suite.junit.empty()) {
    run.count_commands();
  } else if (auto read = run.read_reports(); !read) {
    return tl::unexpected(read.error());
  }
  return run.conclude();
}

}  // namespace tcps
