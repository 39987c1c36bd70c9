#include "messages/version.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "messages/testing/version_generator.h"

namespace tcps {
namespace {

using test::any_assignable_version;

Version version(std::string_view text) {
  auto parsed = Version::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *parsed : Version();
}

std::string next(std::string_view text, VersionChange change) {
  return version(text).next(change)->to_string();
}

// ---- the examples that semver.org publishes beside its regular expression

TEST(Version, ReadsWhatSemverOrgCallsValidAndGivesItBack) {
  for (const auto* text : {"0.0.4",
                           "1.2.3",
                           "10.20.30",
                           "1.1.2-prerelease+meta",
                           "1.1.2+meta",
                           "1.1.2+meta-valid",
                           "1.0.0-alpha",
                           "1.0.0-beta",
                           "1.0.0-alpha.beta",
                           "1.0.0-alpha.beta.1",
                           "1.0.0-alpha.1",
                           "1.0.0-alpha0.valid",
                           "1.0.0-alpha.0valid",
                           "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay",
                           "1.0.0-rc.1+build.1",
                           "2.0.0-rc.1+build.123",
                           "1.2.3-beta",
                           "10.2.3-DEV-SNAPSHOT",
                           "1.2.3-SNAPSHOT-123",
                           "1.0.0",
                           "2.0.0",
                           "1.1.7",
                           "2.0.0+build.1848",
                           "2.0.1-alpha.1227",
                           "1.0.0-alpha+beta",
                           "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
                           "1.2.3----R-S.12.9.1--.12+meta",
                           "1.2.3----RC-SNAPSHOT.12.9.1--.12",
                           "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
                           "99999999999999999999999.999999999999999999.99999999999999999",
                           "1.0.0-0A.is.legal"}) {
    const auto parsed = Version::parse(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->to_string(), text);
  }
}

TEST(Version, RefusesWhatSemverOrgCallsInvalid) {
  for (const auto* text :
       {"1",
        "1.2",
        "1.2.3-0123",
        "1.2.3-0123.0123",
        "1.1.2+.123",
        "+invalid",
        "-invalid",
        "-invalid+invalid",
        "-invalid.01",
        "alpha",
        "alpha.beta",
        "alpha.beta.1",
        "alpha.1",
        "alpha+beta",
        "alpha_beta",
        "alpha.",
        "alpha..",
        "beta",
        "1.0.0-alpha_beta",
        "-alpha.",
        "1.0.0-alpha..",
        "1.0.0-alpha..1",
        "1.0.0-alpha...1",
        "1.0.0-alpha....1",
        "1.0.0-alpha.....1",
        "1.0.0-alpha......1",
        "1.0.0-alpha.......1",
        "01.1.1",
        "1.01.1",
        "1.1.01",
        "1.2.3.DEV",
        "1.2-SNAPSHOT",
        "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788",
        "1.2-RC-SNAPSHOT",
        "-1.0.3-gamma+b7718",
        "+justmeta",
        "9.8.7+meta+meta",
        "9.8.7-whatever+meta+meta",
        "99999999999999999999999.999999999999999999.99999999999999999----RC-SNAPSHOT.12.09.1"
        "--------------------------------..12"}) {
    const auto parsed = Version::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid) << text;
  }
}

TEST(Version, RefusesWhatElseIsNone) {
  for (const auto* text : {"",        ".",       "..",     "1..2",         "1.2.",      ".1.2",
                           "1.2.3.",  "1.2.3.4", "1.2.x",  "v1.2.3",       " 1.2.3",    "1.2.3 ",
                           "+1.2.3",  "1.2.3-",  "1.2.3+", "1.2.3-+build", "1.2.3-rc.", "1.2.3-\xc3\xa9",
                           "1.2.3\n", "0x1.2.3"}) {
    EXPECT_FALSE(Version::parse(text).has_value()) << text;
  }
  EXPECT_FALSE(Version::parse(std::string_view("1.2.3\0", 6)).has_value());
}

TEST(Version, IsBoundedInLengthAndSaysSo) {
  const auto of_length = [](size_t bytes) { return "1.0.0-" + std::string(bytes - 6, 'x'); };
  EXPECT_TRUE(Version::parse(of_length(version_bytes_max)).has_value());
  const auto longer = Version::parse(of_length(version_bytes_max + 1));
  ASSERT_FALSE(longer.has_value());
  EXPECT_NE(longer.error().message.find("longer than 128 bytes"), std::string::npos);
  EXPECT_LT(Version::parse(std::string(1 << 20, '1')).error().message.size(), 300u);
}

// ---- precedence

TEST(Version, FollowsThePrecedenceOfClauseEleven) {
  const std::vector<std::string> rising = {"0.0.0-alpha",
                                           "0.0.0",
                                           "0.0.1",
                                           "0.1.0",
                                           "1.0.0-alpha",
                                           "1.0.0-alpha.1",
                                           "1.0.0-alpha.beta",
                                           "1.0.0-beta",
                                           "1.0.0-beta.2",
                                           "1.0.0-beta.11",
                                           "1.0.0-rc.1",
                                           "1.0.0",
                                           "1.0.1",
                                           "1.9.3",
                                           "1.10.0-RC",
                                           "1.10.0-rc",
                                           "1.10.0",
                                           "2.0.0",
                                           "2.1.0",
                                           "2.1.1",
                                           "18446744073709551615.0.0",
                                           "18446744073709551616.0.0"};
  for (size_t i = 0; i < rising.size(); ++i) {
    for (size_t j = 0; j < rising.size(); ++j) {
      EXPECT_EQ(version(rising[i]) <=> version(rising[j]), i <=> j) << rising[i] << " and " << rising[j];
    }
  }
}

TEST(Version, LeavesBuildMetadataOutOfTheOrder) {
  EXPECT_EQ(version("1.0.0+a"), version("1.0.0+b"));
  EXPECT_EQ(version("1.0.0"), version("1.0.0+20260126"));
  EXPECT_LT(version("1.0.0-rc.1+z"), version("1.0.0+a"));
  EXPECT_NE(version("1.0.0+a"), version("1.0.1+a"));
}

RC_GTEST_PROP(VersionProperty, IsReadAsItWasWritten, ()) {
  const auto text = *any_assignable_version();
  RC_ASSERT(Version::parse(text)->to_string() == text);
  RC_ASSERT(Version::parse(text + "+build.7")->to_string() == text + "+build.7");
}

RC_GTEST_PROP(VersionProperty, IsATotalOrder, ()) {
  const auto texts = *rc::gen::container<std::vector<std::string>>(3, any_assignable_version());
  const auto a = version(texts[0]), b = version(texts[1]), c = version(texts[2]);
  RC_ASSERT((a <=> b) == (0 <=> (b <=> a)));
  RC_ASSERT((a == b) == (texts[0] == texts[1]));
  RC_ASSERT(!(a <= b && b <= c) || a <= c);
}

// ---- counting on

TEST(Version, CountsOnByTheKindOfChange) {
  EXPECT_EQ(next("1.2.3", VersionChange::patch), "1.2.4");
  EXPECT_EQ(next("1.2.3", VersionChange::minor), "1.3.0");
  EXPECT_EQ(next("1.2.3", VersionChange::major), "2.0.0");
  EXPECT_EQ(next("1.9.9", VersionChange::minor), "1.10.0");
  EXPECT_EQ(next("0.0.0", VersionChange::patch), "0.0.1");
  EXPECT_EQ(next("1.2.99999999999999999999999", VersionChange::patch), "1.2.100000000000000000000000");
  EXPECT_EQ(next("18446744073709551615.1.1", VersionChange::major), "18446744073709551616.0.0");
  EXPECT_EQ(next("1.2.3+build", VersionChange::patch), "1.2.4");
}

TEST(Version, ReleasesAPreReleaseWhereTheChangeFitsIntoIt) {
  struct Case {
    const char *prerelease, *patch, *minor, *major;
  };
  for (const auto& [prerelease, patch, minor, major] : {
           Case{"2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"},
           Case{"1.1.0-rc.1", "1.1.0", "1.1.0", "2.0.0"},
           Case{"1.1.1-rc.1", "1.1.1", "1.2.0", "2.0.0"},
           Case{"0.0.0-alpha", "0.0.0", "0.0.0", "0.0.0"},
           Case{"10.0.10-0", "10.0.10", "10.1.0", "11.0.0"},
       }) {
    EXPECT_EQ(next(prerelease, VersionChange::patch), patch);
    EXPECT_EQ(next(prerelease, VersionChange::minor), minor);
    EXPECT_EQ(next(prerelease, VersionChange::major), major);
  }
}

TEST(Version, HasNoNextThatWouldBeTooLong) {
  const auto longest = version(std::string(version_bytes_max - 4, '9') + ".0.0");
  ASSERT_FALSE(longest.next(VersionChange::major).has_value());
  EXPECT_EQ(longest.next(VersionChange::major).error().code, ErrorCode::full);
  EXPECT_TRUE(longest.next(VersionChange::minor).has_value());
}

RC_GTEST_PROP(VersionProperty, IsBelowWhatFollowsItAndThatIsARelease, ()) {
  const auto before = version(*any_assignable_version());
  for (const auto change : {VersionChange::patch, VersionChange::minor, VersionChange::major}) {
    const auto after = *before.next(change);
    RC_ASSERT(after > before);
    RC_ASSERT(!after.is_prerelease());
  }
  RC_ASSERT(*before.next(VersionChange::patch) <= *before.next(VersionChange::minor));
  RC_ASSERT(*before.next(VersionChange::minor) <= *before.next(VersionChange::major));
}

TEST(ChangeOf, FollowsTheBucketUnlessTheSignalBreaks) {
  EXPECT_EQ(change_of(Bucket::features, false), VersionChange::minor);
  EXPECT_EQ(change_of(Bucket::features, true), VersionChange::major);
  for (const auto bucket : {Bucket::reliability, Bucket::security, Bucket::compliance, Bucket::debt}) {
    EXPECT_EQ(change_of(bucket, false), VersionChange::patch);
    EXPECT_EQ(change_of(bucket, true), VersionChange::major);
  }
}

// ---- what a line assigns

TEST(AssignableVersion, HasNoBuildMetadata) {
  EXPECT_TRUE(parse_assignable_version("2.0.0-rc.1").has_value());
  const auto refused = parse_assignable_version("1.0.0+build.7");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_NE(refused.error().message.find("leave the '+' and what follows it out"), std::string::npos);
  EXPECT_FALSE(parse_assignable_version("1.0").has_value());
}

TEST(VersionAfter, BeginsWithTheInitialOneAndCountsOnFromTheHighest) {
  struct Case {
    const char* highest;
    const char* initial;
    VersionChange change;
    const char* next;
  };
  using enum VersionChange;
  for (const auto& [highest, initial, change, next] : {
           Case{"", "1.0.0", patch, "1.0.0"},
           Case{"", "0.1.0", major, "0.1.0"},
           Case{"", "2.0.0-rc.1", minor, "2.0.0-rc.1"},
           Case{"", "0.0.0", minor, "0.0.0"},
           Case{"", "0.0.0-alpha", patch, "0.0.0-alpha"},
           Case{"1.2.3", "1.0.0", patch, "1.2.4"},
           Case{"1.2.3", "1.2.3", minor, "1.3.0"},
           Case{"1.1.0-rc.1", "1.0.0", patch, "1.1.0"},
           Case{"2.0.0-rc.1", "2.0.0-rc.1", patch, "2.0.0"},
           Case{"2.0.0-alpha", "2.0.0-rc.1", patch, "2.0.0-rc.1"},
           Case{"2.0.0-rc.1", "2.0.0", patch, "2.0.0"},
           Case{"1.2.3", "2.0.0", patch, "2.0.0"},
           Case{"1.2.3", "2.0.0-rc.1", patch, "2.0.0-rc.1"},
       }) {
    const auto result = version_after(highest, initial, change);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(*result, next) << highest << " from " << initial;
  }
}

TEST(VersionAfter, RefusesWhatIsNoVersionOfALine) {
  for (const auto* text : {"1.2", "v1.2.3", "1.2.3.4", "01.2.3", "x", "1.2.3+build"}) {
    EXPECT_EQ(version_after(text, "1.0.0", VersionChange::patch).error().code, ErrorCode::invalid) << text;
    EXPECT_EQ(version_after("", text, VersionChange::patch).error().code, ErrorCode::invalid) << text;
  }
  const auto last = std::string(version_bytes_max - 4, '9') + ".0.0";
  EXPECT_EQ(version_after(last, "1.0.0", VersionChange::major).error().code, ErrorCode::full);
}

TEST(VersionRises, OnlyAboveTheHighest) {
  EXPECT_TRUE(check_version_rises("0.0.0-alpha", "").has_value());
  EXPECT_TRUE(check_version_rises("1.10.0", "1.9.3").has_value());
  EXPECT_TRUE(check_version_rises("2.0.0", "2.0.0-rc.1").has_value());
  for (const auto& [version, highest] :
       {std::pair{"1.9.3", "1.10.0"}, {"2.0.0", "2.0.0"}, {"2.0.0-rc.1", "2.0.0"}}) {
    const auto refused = check_version_rises(version, highest);
    ASSERT_FALSE(refused.has_value()) << version;
    EXPECT_EQ(refused.error().code, ErrorCode::refused);
    EXPECT_EQ(refused.error().message, std::string("version ") + version + " is not above " + highest);
  }
  for (const auto* text : {"", "1.2", "v1.2.3", "1.2.3+build"}) {
    EXPECT_EQ(check_version_rises(text, "").error().code, ErrorCode::invalid) << text;
    EXPECT_EQ(check_version_rises(text, "1.0.0").error().code, ErrorCode::invalid) << text;
  }
}

RC_GTEST_PROP(VersionProperty, RisesWhateverIsCountedOn, ()) {
  const auto initial = *any_assignable_version();
  const auto highest = *rc::gen::oneOf(rc::gen::just(std::string()), any_assignable_version());
  for (const auto change : {VersionChange::patch, VersionChange::minor, VersionChange::major}) {
    const auto after = version_after(highest, initial, change);
    RC_ASSERT(after.has_value());
    RC_ASSERT(check_version_rises(*after, highest).has_value());
  }
}

}  // namespace
}  // namespace tcps
