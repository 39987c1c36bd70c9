#include "actors/stages/catalogue/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <typeindex>
#include <typeinfo>

#include "actors/stages/catalogue/null_procedure.h"

namespace tcps {
namespace {

TEST(Catalogue, HasAProcedureOfItsOwnForEveryStageButPlan) {
  StandardWork work;
  const auto null_procedure = make_null_procedure();
  const auto& of_null = *null_procedure;
  const std::type_index null = typeid(of_null);
  std::set<std::string> kinds;
  for (const auto stage : all_stages) {
    if (stage == Stage::plan) continue;
    const auto procedure = make_procedure(stage, work);
    ASSERT_NE(procedure, nullptr) << to_string(stage);
    const auto& kind = *procedure;
    EXPECT_TRUE(kinds.insert(typeid(kind).name()).second) << to_string(stage);
    EXPECT_NE(std::type_index(typeid(kind)), null) << to_string(stage);
  }
}

TEST(Catalogue, GivesTheNullProcedureToBenchmarks) {
  StandardWork work;
  work.procedures = ProcedureKind::null;
  for (const auto stage : all_stages) {
    if (stage == Stage::plan) continue;
    const auto procedure = make_procedure(stage, work);
    const auto outcome = procedure->run({}, {});
    ASSERT_TRUE(outcome.has_value()) << to_string(stage);
    EXPECT_FALSE(outcome->failure.has_value());
    EXPECT_EQ(outcome->fields, (nlohmann::json{{"procedure", "null"}}));
    EXPECT_TRUE(outcome->manifest.empty() && outcome->outputs.empty());
  }
}

TEST(CatalogueDeathTest, HasNothingForPlan) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(make_procedure(Stage::plan, {}), "stage != Stage::plan");
}

}  // namespace
}  // namespace tcps
