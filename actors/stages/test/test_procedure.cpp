#include "actors/stages/test/test_procedure.h"

#include "actors/engines/reports/gcovr.h"
#include "actors/stages/common/workspace.h"
#include "actors/stages/test/suite_run.h"

namespace tcps {
namespace {

using nlohmann::json;
using namespace stages;

constexpr size_t coverage_bytes_max = 16u << 20;

class TestRun {
 public:
  explicit TestRun(Workbench& bench) : bench_(bench), rules_(bench.work().test) {
    const auto pending = json{{"status", "not run"}};
    for (const auto* name : {"unit_tests", "integration_tests", "property_tests", "coverage"})
      fields_[name] = pending;
  }

  Step<void> work();
  json fields() const { return fields_; }

 private:
  Step<void> suite(const std::string& name, const std::optional<TestSuite>& suite);
  Step<void> judge(const std::string& name, const TestSuite& suite, const SuiteResult& first,
                   const Environment& environment);
  Step<void> keep(const std::string& name, const SuiteResult& result);
  Step<void> coverage();
  Step<void> measure(const CoverageWork& rules);

  Workbench& bench_;
  const TestWork& rules_;
  std::string folder_;
  json fields_ = json::object();
};

json suite_fields(const std::string& name, const TestSuite& suite, const SuiteResult& result) {
  const auto& totals = result.totals;
  json fields = {{"framework", suite.framework}, {"failed", totals.failed},
                 {"skipped", totals.skipped},    {"passed", totals.passed},
                 {"total", totals.total},        {"duration_ms", totals.duration_ms}};
  if (name == "integration") fields["suites"] = totals.suites;
  if (name == "property") {
    fields["properties"] = totals.total;
    fields["tests_per_property"] = suite.tests_per_property;
    fields["all_passed"] = result.passed();
  }
  return fields;
}

Step<void> TestRun::work() {
  folder_ = TCPS_TRY(bench_.lay("test", {Stage::render, Stage::build}));
  TCPS_TRY(suite("unit", rules_.unit));
  TCPS_TRY(suite("integration", rules_.integration));
  TCPS_TRY(suite("property", rules_.property));
  return coverage();
}

Step<void> TestRun::suite(const std::string& name, const std::optional<TestSuite>& suite) {
  auto& fields = fields_[name + "_tests"];
  if (!suite) {
    fields = not_applicable("line.toml has no table test." + name);
    return {};
  }
  auto environment = rules_.environment;
  if (name == "property") environment["TCPS_TESTS_PER_PROPERTY"] = std::to_string(suite->tests_per_property);
  const auto first = TCPS_TRY(run_suite(bench_, folder_, *suite, environment));
  fields = suite_fields(name, *suite, first);
  TCPS_TRY(keep(name, first));
  return judge(name, *suite, first, environment);
}

Step<void> TestRun::judge(const std::string& name, const TestSuite& suite, const SuiteResult& first,
                          const Environment& environment) {
  if (first.passed()) return {};
  const auto place = "the " + name + " tests: ";
  if (first.timed_out) return failed(FailureMode::test_timeout, place + first.problem);
  for (uint32_t rerun = 1; rerun <= rules_.flaky_reruns; ++rerun) {
    bench_.log().add_line("[" + name + " tests failed; run " + std::to_string(rerun + 1) +
                          " tells a flaky test from a broken one]");
    const auto again = TCPS_TRY(run_suite(bench_, folder_, suite, environment));
    if (again.passed()) {
      return failed(FailureMode::flaky_test, place + "failed, and passed on run " +
                                                 std::to_string(rerun + 1) +
                                                 " without a change: " + first.problem);
    }
  }
  return failed(FailureMode::test_failure, place + first.problem);
}

Step<void> TestRun::keep(const std::string& name, const SuiteResult& result) {
  for (const auto& [path, bytes] : result.reports) {
    TCPS_TRY(bench_.keep_report(name + "/" + path, bytes));
  }
  return {};
}

Step<void> TestRun::coverage() {
  if (rules_.coverage) return measure(*rules_.coverage);
  fields_["coverage"] = not_applicable("line.toml has no table test.coverage");
  return {};
}

Step<void> TestRun::measure(const CoverageWork& rules) {
  const auto deadline = bench_.deadline();
  for (const auto& argv : rules.commands) {
    const auto ended = TCPS_TRY(bench_.run(folder_, {argv, rules_.environment, deadline}));
    if (ended.ok()) continue;
    const auto mode = ended.timed_out ? FailureMode::test_timeout : FailureMode::coverage_drop;
    return failed(mode, "coverage cannot be measured: " + describe_failure(argv, ended));
  }
  const auto bytes = read_product_file(folder_, rules.report, coverage_bytes_max);
  const auto coverage = bytes ? reports::parse_gcovr_summary(*bytes) : fail(bytes.error());
  if (!coverage)
    return failed(FailureMode::coverage_drop,
                  "coverage report '" + rules.report + "' cannot be read: " + coverage.error().message);
  const auto kept = TCPS_TRY(bench_.keep_report("coverage.json", *bytes));
  const auto lines = coverage->lines.percent();
  fields_["coverage"] = {{"lines", lines},
                         {"functions", coverage->functions.percent()},
                         {"branches", coverage->branches.percent()},
                         {"threshold", rules.threshold_lines},
                         {"passed", lines >= rules.threshold_lines},
                         {"report", kept.to_string()}};
  if (lines >= rules.threshold_lines) return {};
  return failed(FailureMode::coverage_drop, "line coverage is " + json(lines).dump() +
                                                " percent, below the threshold of " +
                                                json(rules.threshold_lines).dump() + ": test what was added");
}

class TestProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    return run_stage<TestRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_test_procedure() { return std::make_unique<TestProcedure>(); }

}  // namespace tcps
