#include "messages/stage.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tcps {
namespace {

TEST(Stage, HasTheNamesAndDeadlinesOfStandardWorkInOrder) {
  const std::pair<std::string_view, int> expected[] = {
      {"pull", 5},   {"plan", 10}, {"generate", 30}, {"extract", 15}, {"render", 20},
      {"build", 10}, {"test", 30}, {"release", 15},  {"publish", 20}, {"verify", 15}};
  size_t number = 0;
  for (const auto& [name, minutes] : expected) {
    const Stage stage = all_stages[number++];
    EXPECT_EQ(static_cast<size_t>(stage), number);
    EXPECT_EQ(to_string(stage), name);
    EXPECT_EQ(parse_stage(name), stage);
    EXPECT_EQ(standard_slo(stage).count(), minutes) << name;
  }
}

TEST(Stage, FollowsTheOneBeforeUntilVerify) {
  for (size_t i = 0; i + 1 < all_stages.size(); ++i) EXPECT_EQ(next_stage(all_stages[i]), all_stages[i + 1]);
  EXPECT_EQ(next_stage(Stage::verify), std::nullopt);
}

TEST(Stage, RefusesOtherNames) {
  for (std::string_view text : {"", "Pull", "pulls", "deploy", "1"}) {
    ASSERT_FALSE(parse_stage(text).has_value()) << text;
    EXPECT_EQ(parse_stage(text).error().code, ErrorCode::invalid);
  }
}

TEST(FailureMode, HasFourRowsForEachStageThatReadBackByCode) {
  std::set<std::string> codes;
  for (Stage stage : all_stages) {
    for (uint8_t number = 1; number <= 4; ++number) {
      const FailureMode& mode = failure_mode(stage, number);
      EXPECT_EQ(mode.stage, stage);
      EXPECT_EQ(mode.number, number);
      EXPECT_FALSE(mode.name.empty() || mode.recovery.empty() || mode.prevention.empty()) << mode.code();
      EXPECT_EQ(parse_failure_mode(mode.code()), &mode);
      codes.insert(mode.code());
    }
  }
  EXPECT_EQ(codes.size(), 40u);
}

TEST(FailureMode, IsWordedAsInTheTablesOfStandardWork) {
  EXPECT_EQ(failure_mode(Stage::pull, 1).name, "Invalid demand source");
  EXPECT_EQ(failure_mode(Stage::pull, 1).code(), "F1.1");
  EXPECT_EQ(failure_mode(Stage::generate, 1).recovery, "Fix ontology, re-validate");
  EXPECT_EQ(failure_mode(Stage::build, 3).prevention, "Eliminate timestamps");
  EXPECT_EQ(failure_mode(Stage::verify, 4).name, "Entitlement broken");
  EXPECT_EQ(failure_mode(Stage::verify, 4).code(), "F10.4");
}

TEST(FailureMode, RefusesCodesOutsideTheTables) {
  for (std::string_view code :
       {"", "F", "F0.1", "F11.1", "F1.0", "F1.5", "F01.1", "f1.1", "F1.1 ", "F10.44", "1.1"}) {
    EXPECT_FALSE(parse_failure_mode(code).has_value()) << code;
  }
}

TEST(FailureModeDeathTest, AssertsTheRowNumber) {
  EXPECT_DEATH(failure_mode(Stage::pull, 5), "check failed");
}

TEST(Bucket, ReadsBackItsNameAndRefusesOthers) {
  for (Bucket bucket : all_buckets) EXPECT_EQ(parse_bucket(to_string(bucket)), bucket);
  EXPECT_EQ(to_string(Bucket::debt), "debt");
  for (std::string_view text : {"", "Security", "bugs"}) EXPECT_FALSE(parse_bucket(text).has_value()) << text;
}

}  // namespace
}  // namespace tcps
