// One run of one test suite: its commands one after the other, then the reports that they wrote.
#pragma once

#include <map>
#include <string>

#include "actors/engines/reports/junit.h"
#include "actors/stages/common/workbench.h"

namespace tcps {

struct SuiteResult {
  reports::TestTotals totals;
  std::map<std::string, Bytes> reports;  // JUnit XML by path
  std::string problem;                   // why it does not pass; empty: it passes
  bool timed_out = false;

  bool passed() const { return problem.empty(); }
};

// Runs the suite in `folder`. Reports that lie there already are removed first, so that only this run's
// count. A suite passes when every command does, every report can be read, nothing failed and something ran.
// Without report globs each command counts as one test. Halts with the surroundings' errors only.
stages::Step<SuiteResult> run_suite(stages::Workbench& bench, const std::string& folder,
                                    const TestSuite& suite, const Environment& environment);

}  // namespace tcps
