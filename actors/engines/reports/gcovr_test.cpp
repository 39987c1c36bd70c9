#include "actors/engines/reports/gcovr.h"

#include <gtest/gtest.h>

namespace tcps::reports {
namespace {

TEST(Gcovr, ReadsASummary) {
  const auto coverage = parse_gcovr_summary(
      R"({"branch_covered":1,"branch_percent":50.0,"branch_total":2,"files":[],"function_covered":9,"function_percent":90.0,
          "function_total":10,"gcovr/summary_format_version":"0.5","line_covered":873,"line_percent":87.3,"line_total":1000,"root":"."})");
  ASSERT_TRUE(coverage.has_value()) << coverage.error().message;
  EXPECT_EQ(coverage->lines.percent(), 87.3);
  EXPECT_EQ(coverage->functions.percent(), 90.0);
  EXPECT_EQ(coverage->branches.total, 2u);
}

TEST(Gcovr, NeverRoundsUpToAThreshold) {
  EXPECT_EQ((CoverageShare{7999, 10000}.percent()), 79.9);
  EXPECT_EQ((CoverageShare{8000, 10000}.percent()), 80.0);
  EXPECT_EQ((CoverageShare{10, 10}.percent()), 100.0);
  EXPECT_EQ((CoverageShare{0, 0}.percent()), 0.0);
}

TEST(Gcovr, RefusesWhatIsNoSummary) {
  for (
      const auto* json :
      {"", "[]", "{}", R"({"line_covered":1,"line_total":1,"function_covered":1,"function_total":1})",
       R"({"line_covered":"1","line_total":1})", R"({"line_covered":-1,"line_total":1})",
       R"({"line_covered":2,"line_total":1,"function_covered":0,"function_total":0,"branch_covered":0,"branch_total":0})"}) {
    const auto coverage = parse_gcovr_summary(json);
    ASSERT_FALSE(coverage.has_value()) << json;
    EXPECT_EQ(coverage.error().code, ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace tcps::reports
