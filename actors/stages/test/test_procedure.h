// Stage 7, Test: runs the product's unit, integration and property tests on what was built, and measures
// coverage.
//
// Failures: F7.1 a test fails (names it), F7.2 coverage is below the threshold or cannot be measured, F7.3 a
// suite overstays its timeout or the SLO, F7.4 a suite that failed passes when it runs again: a flaky test is
// a defect, not a pass. Hands on reports only: the log, the JUnit reports, the coverage report. The first
// failing suite ends the stage.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_test_procedure();

}  // namespace tcps
