#include "messages/stage.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tcps
