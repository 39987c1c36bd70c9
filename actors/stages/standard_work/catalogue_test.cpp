// The catalogue for people says what messages/stage.h says.
#include <gtest/gtest.h>
#include <toml++/toml.h>

#include "actors/stages/standard_work/values.h"
#include "messages/stage.h"
#include "tests/support/places.h"

namespace tcps {
namespace {

TEST(StandardWorkCatalogue, HasTheTenStagesWithTheirDeadlinesAndFailureModes) {
  auto parsed = toml::parse_file(test::source_folder() + "/config/standard-work/stages.toml");
  const auto* stages = parsed["stage"].as_array();
  ASSERT_TRUE(stages);
  ASSERT_EQ(stages->size(), all_stages.size());
  for (size_t i = 0; i < all_stages.size(); ++i) {
    Stage stage = all_stages[i];
    const auto& entry = *stages->get_as<toml::table>(i);
    EXPECT_EQ(entry["number"].value<int>(), int(stage));
    EXPECT_EQ(entry["name"].value<std::string>(), to_string(stage));
    EXPECT_EQ(line_toml::parse_duration(entry["slo"].value_or("")),
              std::chrono::milliseconds(standard_slo(stage)));
    for (auto key : {"inputs", "outputs"})
      EXPECT_FALSE(entry[key].as_array()->empty()) << to_string(stage) << key;
    const auto* failures = entry["failure"].as_array();
    ASSERT_TRUE(failures);
    ASSERT_EQ(failures->size(), 4u);
    for (uint8_t number = 1; number <= 4; ++number) {
      const auto& failure = *failures->get_as<toml::table>(number - 1u);
      const FailureMode& mode = failure_mode(stage, number);
      EXPECT_EQ(failure["code"].value<std::string>(), mode.code());
      EXPECT_EQ(failure["name"].value<std::string>(), mode.name);
      EXPECT_EQ(failure["recovery"].value<std::string>(), mode.recovery);
      EXPECT_EQ(failure["prevention"].value<std::string>(), mode.prevention);
      EXPECT_FALSE(failure["detection"].value_or(std::string()).empty());
    }
  }
}

}  // namespace
}  // namespace tcps
