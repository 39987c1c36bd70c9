#include "actors/stages/pull/version.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tcps::stages {
namespace {

TEST(NextVersion, CountsOnByTheKindOfChange) {
  struct Case {
    const char* highest;
    const char* initial;
    Change change;
    const char* next;
  };
  for (const auto& [highest, initial, change, next] : {
           Case{"", "1.0.0", Change::patch, "1.0.0"},
           Case{"", "0.1.0", Change::major, "0.1.0"},
           Case{"", "2.0.0-rc.1", Change::minor, "2.0.0-rc.1"},
           Case{"", "1.0.0+build.7", Change::minor, "1.0.0"},
           Case{"", "0.0.0", Change::minor, "0.1.0"},
           Case{"", "0.0.0-alpha", Change::patch, "0.0.1"},
           Case{"1.2.3", "1.0.0", Change::patch, "1.2.4"},
           Case{"1.2.3", "1.0.0", Change::minor, "1.3.0"},
           Case{"1.2.3", "1.0.0", Change::major, "2.0.0"},
           Case{"1.9.9", "1.0.0", Change::minor, "1.10.0"},
           Case{"1.2.3+build", "1.0.0", Change::patch, "1.2.4"},
           Case{"1.1.0-rc.1", "1.0.0", Change::patch, "1.1.0"},
           Case{"1.1.0-rc.1", "1.0.0", Change::minor, "1.1.0"},
           Case{"1.1.1-rc.1", "1.0.0", Change::minor, "1.2.0"},
           Case{"1.1.0-rc.1", "1.0.0", Change::major, "2.0.0"},
           Case{"2.0.0-rc.1", "1.0.0", Change::major, "2.0.0"},
           Case{"1.2.3", "2.0.0", Change::patch, "2.0.0"},
       }) {
    const auto result = next_version(highest, initial, change);
    ASSERT_TRUE(result.has_value()) << highest;
    EXPECT_EQ(*result, next) << highest << " from " << initial;
  }
}

TEST(NextVersion, RefusesWhatIsNoVersion) {
  for (const auto* highest : {"1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.99999999999999999999999", "x"}) {
    EXPECT_FALSE(next_version(highest, "1.0.0", Change::patch).has_value()) << highest;
  }
  EXPECT_FALSE(next_version("", "one", Change::patch).has_value());
}

TEST(ChangeOf, FollowsTheBucketUnlessTheSignalBreaks) {
  EXPECT_EQ(change_of(Bucket::features, false), Change::minor);
  for (const auto bucket : {Bucket::reliability, Bucket::security, Bucket::compliance, Bucket::debt}) {
    EXPECT_EQ(change_of(bucket, false), Change::patch);
    EXPECT_EQ(change_of(bucket, true), Change::major);
  }
}

RC_GTEST_PROP(NextVersion, IsAlwaysAnotherVersionThatCanBeCountedOn,
              (uint16_t major, uint16_t minor, uint16_t patch)) {
  const auto text = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  for (const auto change : {Change::major, Change::minor, Change::patch}) {
    const auto next = next_version(text, "0.0.1", change);
    RC_ASSERT(next.has_value());
    RC_ASSERT(*next != text);
    RC_ASSERT(next_version(*next, "0.0.1", change).has_value());
  }
}

}  // namespace
}  // namespace tcps::stages
