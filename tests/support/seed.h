// Where a test that leaves things to chance gets its seed: told by TCPS_SEED, otherwise a new one.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>  // program_invocation_name
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace tcps::test {

// Throws std::invalid_argument when TCPS_SEED is no number: the test fails.
inline uint32_t seed() {
  const char* told = std::getenv("TCPS_SEED");
  return told ? static_cast<uint32_t>(std::stoul(told)) : std::random_device{}();
}

// The command that runs the current test with this seed, for SCOPED_TRACE.
inline std::string how_to_repeat(uint32_t seed) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("to repeat: TCPS_SEED={} {} --gtest_filter='{}.{}'", seed, program_invocation_name,
                     test->test_suite_name(), test->name());
}

}  // namespace tcps::test
