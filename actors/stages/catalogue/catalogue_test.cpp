#include "actors/stages/catalogue/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <typeinfo>

namespace tcps {
namespace {

TEST(Catalogue, HasAProcedureOfItsOwnForEveryStageButPlan) {
  StandardWork work;
  std::set<std::string> kinds;
  for (const auto stage : all_stages) {
    if (stage == Stage::plan) continue;
    const auto procedure = make_procedure(stage, work);
    ASSERT_NE(procedure, nullptr) << to_string(stage);
    const auto& kind = *procedure;
    EXPECT_TRUE(kinds.insert(typeid(kind).name()).second) << to_string(stage);
    EXPECT_FALSE(procedure->instantaneous()) << to_string(stage);
  }
}

TEST(Catalogue, GivesTheNullProcedureToBenchmarks) {
  StandardWork work;
  work.procedures = ProcedureKind::null;
  for (const auto stage : all_stages) {
    if (stage == Stage::plan) continue;
    const auto procedure = make_procedure(stage, work);
    EXPECT_TRUE(procedure->instantaneous()) << to_string(stage);
    const auto outcome = procedure->run({}, {});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_FALSE(outcome->failure.has_value());
  }
}

TEST(CatalogueDeathTest, HasNothingForPlan) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(make_procedure(Stage::plan, {}), "stage != Stage::plan");
}

}  // namespace
}  // namespace tcps
