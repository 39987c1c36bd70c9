#include "messages/failure_mode.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace tcps {
namespace {

TEST(FailureMode, IsWrittenByStageAndRowAndReadBack) {
  std::set<std::string_view> codes;
  for (Stage stage : all_stages) {
    unsigned number = 0;
    for (const FailureModeRow& row : failure_modes_of(stage)) {
      EXPECT_EQ(row.code, fmt::format("F{}.{}", static_cast<int>(stage), ++number));
      EXPECT_EQ(to_string(row.mode), row.code);
      EXPECT_EQ(stage_of(row.mode), stage);
      EXPECT_EQ(parse_failure_mode(row.code), row.mode);
      EXPECT_EQ(&row_of(row.mode), &row);
      codes.insert(row.code);
    }
    EXPECT_GT(number, 0u) << to_string(stage);
  }
  EXPECT_EQ(codes.size(), failure_modes().size());
}

TEST(FailureMode, SaysHowItIsSeenPutRightAndPrevented) {
  std::set<std::pair<Stage, std::string_view>> names;
  for (const FailureModeRow& row : failure_modes()) {
    for (auto text : {row.name, row.detection, row.recovery, row.prevention})
      EXPECT_FALSE(text.empty()) << row.code;
    EXPECT_TRUE(names.emplace(stage_of(row.mode), row.name).second) << row.code;
  }
}

TEST(FailureMode, IsWordedAsInTheTablesOfStandardWork) {
  EXPECT_EQ(failure_modes().size(), 40u);
  EXPECT_EQ(to_string(FailureMode::invalid_demand_source), "F1.1");
  EXPECT_EQ(row_of(FailureMode::invalid_demand_source).name, "Invalid demand source");
  EXPECT_EQ(row_of(FailureMode::shacl_violation).recovery, "Fix ontology, re-validate");
  EXPECT_EQ(row_of(FailureMode::non_deterministic_build).prevention, "Eliminate timestamps");
  EXPECT_EQ(row_of(FailureMode::empty_results).detection, "Result count = 0");
  EXPECT_EQ(row_of(FailureMode::entitlement_broken).name, "Entitlement broken");
  EXPECT_EQ(to_string(FailureMode::entitlement_broken), "F10.4");
}

TEST(FailureMode, RefusesCodesOutsideTheTables) {
  for (std::string_view code :
       {"", "F", "F0.1", "F11.1", "F1.0", "F1.5", "F01.1", "f1.1", "F1.1 ", "F10.44", "1.1", "101"}) {
    const auto mode = parse_failure_mode(code);
    ASSERT_FALSE(mode.has_value()) << code;
    EXPECT_EQ(mode.error().code, ErrorCode::invalid);
    EXPECT_NE(mode.error().message.find("(F1.1 to F10.4)"), std::string::npos) << mode.error().message;
  }
}

TEST(FailureMode, KnowsWhichModeADeadlineIs) {
  EXPECT_EQ(deadline_mode(Stage::extract), FailureMode::query_timeout);
  EXPECT_EQ(deadline_mode(Stage::build), FailureMode::build_timeout);
  EXPECT_EQ(deadline_mode(Stage::test), FailureMode::test_timeout);
  for (Stage stage : {Stage::pull, Stage::plan, Stage::generate, Stage::render, Stage::release,
                      Stage::publish, Stage::verify}) {
    EXPECT_EQ(deadline_mode(stage), std::nullopt) << to_string(stage);
  }
  for (Stage stage : all_stages) {
    const auto rows = failure_modes_of(stage);
    EXPECT_LE(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.is_deadline; }), 1);
  }
}

TEST(FailureModeDeathTest, AssertsThatTheModeIsInTheTable) {
  EXPECT_DEATH(row_of(static_cast<FailureMode>(105)), "check failed");
}

}  // namespace
}  // namespace tcps
