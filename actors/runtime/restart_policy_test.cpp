#include "actors/runtime/restart_policy.h"

#include <gtest/gtest.h>

namespace tcps {
namespace {

using std::chrono::milliseconds;

struct Failure {
  int64_t at_ms;
  std::optional<int64_t> pause_ms;  // nothing: it escalates
};

void expect(RestartPolicy policy, const std::vector<Failure>& failures) {
  for (const auto& failure : failures) {
    const auto pause = policy.failed(failure.at_ms);
    EXPECT_EQ(pause ? std::optional<int64_t>(pause->count()) : std::nullopt, failure.pause_ms)
        << failure.at_ms;
  }
}

const RestartIntensity three_a_second{3, milliseconds(1'000), milliseconds(10)};

TEST(RestartPolicy, StartsAgainAfterLongerAndLongerPauses) {
  expect(RestartPolicy({}), {{0, 100}, {200, 200}, {600, 400}, {1'400, 800}, {3'000, 1'600}});
}

TEST(RestartPolicy, EscalatesWhenAChildFailsMoreOftenThanTheIntensityAllows) {
  expect(RestartPolicy(three_a_second), {{0, 10}, {1, 20}, {2, 40}, {3, std::nullopt}, {4, std::nullopt}});
}

TEST(RestartPolicy, ForgetsWhatLiesLongerBackThanThePeriod) {
  expect(RestartPolicy(three_a_second),
         {{0, 10}, {400, 20}, {800, 40}, {1'001, 40}, {1'402, 40}, {3'000, 10}});
}

TEST(RestartPolicy, CountsARestartJustAsOldAsThePeriod) {
  expect(RestartPolicy(three_a_second), {{0, 10}, {0, 20}, {0, 40}, {1'000, std::nullopt}, {1'001, 10}});
}

TEST(RestartPolicy, NeverStartsAgainWhatNothingCanStandInFor) {
  expect(RestartPolicy::never(), {{0, std::nullopt}, {1'000'000, std::nullopt}});
}

TEST(RestartPolicyDeathTest, BoundsTheIntensity) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(RestartPolicy({.restarts_max = 21}), "restarts_max");
}

}  // namespace
}  // namespace tcps
