#include "nodes/gateway/rate_limiter.h"

#include <gtest/gtest.h>

namespace tcps::gateway {
namespace {

TEST(RateLimiter, AdmitsABurstAndThenAtItsRate) {
  RateLimiter limiter({10, 3, 100});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.admit("a", 1'000));
  EXPECT_FALSE(limiter.admit("a", 1'000));
  EXPECT_FALSE(limiter.admit("a", 1'099));
  EXPECT_TRUE(limiter.admit("a", 1'200));
  EXPECT_TRUE(limiter.admit("b", 1'200)) << "each client has its own";
  int admitted = 0;
  for (int64_t now = 2'000; now < 12'000; now += 10) admitted += limiter.admit("a", now);
  EXPECT_NEAR(admitted, 100, 4);
}

TEST(RateLimiter, IsNotFooledByAClockThatStandsStillOrTurnsBack) {
  RateLimiter limiter({10, 1, 100});
  EXPECT_TRUE(limiter.admit("a", 5'000));
  EXPECT_FALSE(limiter.admit("a", 5'000));
  EXPECT_FALSE(limiter.admit("a", 1'000));
}

TEST(RateLimiter, KnowsABoundedNumberOfClients) {
  RateLimiter limiter({10, 2, 50});
  for (int i = 0; i < 500; ++i) limiter.admit("client-" + std::to_string(i), 1'000);
  EXPECT_EQ(limiter.clients(), 50u);
  EXPECT_FALSE(limiter.admit("late", 1'050)) << "all are busy";
  EXPECT_TRUE(limiter.admit("late", 3'000)) << "those that are silent are forgotten";
  EXPECT_LE(limiter.clients(), 50u);
}

}  // namespace
}  // namespace tcps::gateway
