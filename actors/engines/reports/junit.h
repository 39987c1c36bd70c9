// Test results as JUnit XML, which CTest (--output-junit), GoogleTest (--gtest_output=xml), rebar3
// (eunit_surefire, cth_surefire) and most others write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::reports {

inline constexpr size_t junit_bytes_max = 64u << 20;
inline constexpr size_t failing_names_max = 100;

// Counted from the test cases, not from the attributes that claim totals.
struct TestTotals {
  uint64_t suites = 0;  // that hold test cases themselves
  uint64_t total = 0;
  uint64_t passed = 0;
  uint64_t failed = 0;   // failures and errors
  uint64_t skipped = 0;  // also disabled and not run
  int64_t duration_ms = 0;
  std::vector<std::string> failing;  // "Suite.case", the first `failing_names_max`

  // Adds another report's totals.
  void add(const TestTotals& other);
  // Nothing failed and something ran: a report without tests proves nothing.
  bool all_passed() const { return failed == 0 && passed > 0; }
};

// Errors: invalid (no XML, no JUnit root, suites nested deeper than 16), full (longer than junit_bytes_max).
Result<TestTotals> parse_junit(BytesView xml);

}  // namespace tcps::reports
