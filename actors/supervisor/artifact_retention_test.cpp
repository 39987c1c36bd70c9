#include "actors/supervisor/artifact_retention.h"

#include <gtest/gtest.h>

namespace tcps::supervisor {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr int64_t now = 1'800'000'000'000;
constexpr int64_t hour = 3'600'000;

bus::ObjectInfo stored_hours_ago(const std::string& name, int64_t age) {
  return {Digest::of(name), 10, now - age * hour, 1};
}

RetentionPolicy a_day() { return {hours(24), hours(2), {Stage::release, Stage::publish}}; }

FindOrigin made_by(std::vector<Stage> stages, bool manifest = false) {
  return [=](const Digest&) -> Result<ArtifactOrigin> { return ArtifactOrigin{manifest, stages}; };
}

Retention judged(const ArtifactRetention& rule, const bus::ObjectInfo& artifact, const FindOrigin& origin) {
  auto verdict = rule.judge(artifact, origin);
  EXPECT_TRUE(verdict) << verdict.error().message;
  return verdict.value_or(Retention::for_ever);
}

TEST(ArtifactRetention, SweepsWhatNothingNeedsOnceItIsOlderThanThePolicyKeeps) {
  const ArtifactRetention rule(a_day(), now);
  EXPECT_EQ(judged(rule, stored_hours_ago("x", 25), made_by({Stage::build})), Retention::due);
  EXPECT_EQ(judged(rule, stored_hours_ago("x", 25), made_by({})), Retention::due);
  EXPECT_EQ(judged(rule, stored_hours_ago("x", 24), made_by({Stage::build})), Retention::recent);
  EXPECT_EQ(judged(rule, stored_hours_ago("x", -1), made_by({})),
            Retention::recent);  // another node's clock is ahead
}

TEST(ArtifactRetention, KeepsEverythingByDefault) {
  const ArtifactRetention rule(RetentionPolicy{}, now);
  EXPECT_FALSE(rule.old_enough(stored_hours_ago("x", 24 * 365 * 50)));
  EXPECT_EQ(judged(rule, stored_hours_ago("x", 24 * 365 * 50), made_by({})), Retention::for_ever);
}

TEST(ArtifactRetention, KeepsWhatIsNeededHoweverOldItIs) {
  ArtifactRetention rule(a_day(), now);
  rule.need(Digest::of("snapshot"));
  EXPECT_EQ(judged(rule, stored_hours_ago("snapshot", 10'000), made_by({})), Retention::needed);
  EXPECT_EQ(judged(rule, stored_hours_ago("another", 10'000), made_by({})), Retention::due);
}

TEST(ArtifactRetention, KeepsWhatAStageMayStillBeAboutToName) {
  auto policy = a_day();
  policy.keep = hours(1);
  const ArtifactRetention rule(policy, now);  // a stage may take two hours
  EXPECT_EQ(judged(rule, stored_hours_ago("x", 2), made_by({})), Retention::recent);
  EXPECT_EQ(judged(rule, stored_hours_ago("x", 3), made_by({})), Retention::due);
}

TEST(ArtifactRetention, KeepsManifestsAndTheOutputsOfStagesThatAreNeverSwept) {
  const ArtifactRetention rule(a_day(), now);
  EXPECT_EQ(judged(rule, stored_hours_ago("m", 100), made_by({}, true)), Retention::manifest);
  EXPECT_EQ(judged(rule, stored_hours_ago("r", 100), made_by({Stage::build, Stage::release})),
            Retention::never_swept);
  auto policy = a_day();
  policy.never_swept.clear();
  EXPECT_EQ(judged(ArtifactRetention(policy, now), stored_hours_ago("r", 100), made_by({Stage::release})),
            Retention::due);
}

TEST(ArtifactRetention, AsksForTheOriginOnlyOfWhatNothingElseKeepsAndHandsItsErrorsOn) {
  ArtifactRetention rule(a_day(), now);
  rule.need(Digest::of("needed"));
  const FindOrigin broken = [](const Digest&) -> Result<ArtifactOrigin> {
    return fail(ErrorCode::corrupt, "the ledger is damaged");
  };
  EXPECT_EQ(judged(rule, stored_hours_ago("young", 1), broken), Retention::recent);
  EXPECT_EQ(judged(rule, stored_hours_ago("needed", 100), broken), Retention::needed);
  auto verdict = rule.judge(stored_hours_ago("old", 100), broken);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, ErrorCode::corrupt);
}

TEST(ArtifactRetention, WorkOrdersOfTheTimeKeptKeepTheirs) {
  EXPECT_EQ(ArtifactRetention(a_day(), now).kept_since_unix_ms(), now - 24 * hour);
}

}  // namespace
}  // namespace tcps::supervisor
