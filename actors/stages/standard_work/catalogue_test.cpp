// The catalogue for people says what messages/stage.h and messages/failure_mode.h say.
#include <gtest/gtest.h>
#include <toml++/toml.h>

#include "actors/stages/standard_work/values.h"
#include "messages/failure_mode.h"
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
    const auto modes = failure_modes_of(stage);
    ASSERT_EQ(failures->size(), modes.size()) << to_string(stage);
    for (size_t row = 0; row < modes.size(); ++row) {
      const auto& failure = *failures->get_as<toml::table>(row);
      EXPECT_EQ(failure["code"].value<std::string>(), modes[row].code);
      EXPECT_EQ(failure["name"].value<std::string>(), modes[row].name);
      EXPECT_EQ(failure["detection"].value<std::string>(), modes[row].detection);
      EXPECT_EQ(failure["recovery"].value<std::string>(), modes[row].recovery);
      EXPECT_EQ(failure["prevention"].value<std::string>(), modes[row].prevention);
      EXPECT_EQ(failure["is_deadline"].value_or(false), modes[row].is_deadline) << modes[row].code;
    }
  }
}

}  // namespace
}  // namespace tcps
