#include "bus/nats/pull_credit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace tcps::bus {
namespace {

using Time = PullCredit::Time;
using std::chrono::seconds;

TEST(PullCredit, AsksOnceForAllThatIsNotAskedForYet) {
  PullCredit credit;
  EXPECT_FALSE(credit.ask(Time{}));
  credit.add(2);
  credit.add(3);
  auto ask = credit.ask(Time{});
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->batch, 5);
  EXPECT_FALSE(credit.ask(Time{}));
}

TEST(PullCredit, SmallAdditionsAreAskedForTogetherButNeverWhileNothingIsAsked) {
  PullCredit credit;
  credit.add(8);
  EXPECT_EQ(credit.ask(Time{})->batch, 8);
  credit.add(1);
  EXPECT_FALSE(credit.ask(Time{}));
  credit.add(2);
  EXPECT_EQ(credit.ask(Time{})->batch, 3);
  credit.add(1);
  for (int i = 0; i < 11; ++i) EXPECT_TRUE(credit.delivered());
  EXPECT_EQ(credit.ask(Time{})->batch, 1);  // the last one waits for nothing
}

TEST(PullCredit, ADeliveryUsesUpOneAndOneBeyondIsRefused) {
  PullCredit credit;
  credit.add(1);
  (void)credit.ask(Time{});
  EXPECT_TRUE(credit.delivered());
  EXPECT_FALSE(credit.delivered());
  EXPECT_FALSE(credit.ask(Time{}));
}

TEST(PullCredit, WhatARequestLeftUnusedIsAskedForAgain) {
  PullCredit credit;
  credit.add(5);
  auto ask = credit.ask(Time{});
  EXPECT_TRUE(credit.delivered());
  credit.ended(ask->id, 4);
  auto again = credit.ask(Time{});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->batch, 4);
  EXPECT_NE(again->id, ask->id);
}

TEST(PullCredit, AStatusThatNamesNoRestGivesBackWhatIsBooked) {
  PullCredit credit;
  credit.add(3);
  auto ask = credit.ask(Time{});
  credit.ended(ask->id, std::nullopt);
  EXPECT_EQ(credit.ask(Time{})->batch, 3);
}

TEST(PullCredit, ARequestWhoseAnswerWasLostIsForgottenAtItsDeadline) {
  PullCredit credit;
  credit.add(2);
  (void)credit.ask(Time{seconds(10)});
  credit.expire(Time{seconds(9)});
  EXPECT_FALSE(credit.ask(Time{seconds(20)}));
  credit.expire(Time{seconds(10)});
  EXPECT_EQ(credit.ask(Time{seconds(20)})->batch, 2);
}

TEST(PullCredit, AnotherConnectionIsAskedForEverything) {
  PullCredit credit;
  credit.add(4);
  auto old = credit.ask(Time{});
  credit.forget_requests();
  EXPECT_EQ(credit.ask(Time{})->batch, 4);
  credit.ended(old->id, 0);  // a late word on the old one changes nothing
  EXPECT_EQ(credit.asked(), 4);
}

// A server that serves waiting requests in turn, as JetStream does, and ends them at random. As long as
// nothing is lost, it never has more open places than there is credit, and nothing is refused.
RC_GTEST_PROP(PullCredit, TheServersOpenPlacesNeverExceedTheCredit, ()) {
  struct Waiting {
    uint64_t id;
    int left;
  };
  PullCredit credit;
  std::vector<Waiting> server;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100));
  for (const int step : steps) {
    if (step < 30) credit.add(1 + step % 3);
    if (step >= 30 && step < 80 &&
        !server.empty()) {  // delivers to the first, which then goes to the end of the queue
      auto first = server.front();
      server.erase(server.begin());
      if (--first.left > 0) server.push_back(first);
      RC_ASSERT(credit.delivered());
    }
    if (step >= 80 && !server.empty()) {  // ends one
      const auto at = server.begin() + step % static_cast<int>(server.size());
      credit.ended(at->id, at->left);
      server.erase(at);
    }
    if (auto ask = credit.ask(Time{})) server.push_back({ask->id, ask->batch});
    int open = 0;
    for (const auto& waiting : server) open += waiting.left;
    RC_ASSERT(open == credit.asked());
    RC_ASSERT(credit.asked() <= credit.credit());
    RC_ASSERT(credit.credit() == 0 || credit.asked() > 0);
  }
}

}  // namespace
}  // namespace tcps::bus
