#include "actors/stages/verify/entitlement_cases.h"

#include <gtest/gtest.h>

namespace tcps {
namespace {

constexpr int64_t now = 1'769'425'200;

EntitlementTrial trial() {
  auto made = make_entitlement_trial("hello", now);
  EXPECT_TRUE(made.has_value());
  return *made;
}

TEST(EntitlementCases, PassAtTheMarketplacesOwnGate) {
  const auto cases = trial();
  ASSERT_EQ(cases.cases.size(), 4u);
  const auto entitlements = channels::Entitlements::parse(cases.entitlements);
  ASSERT_TRUE(entitlements.has_value()) << entitlements.error().message;
  const auto gate = [&](std::string_view token, std::string_view sku, int64_t at) {
    return entitlements->decide(token, sku, at);
  };
  EXPECT_TRUE(put_to_gate(gate, cases.cases, "hello", now).empty());
  EXPECT_EQ(put_to_gate(gate, cases.cases, "another-sku", now).size(), 1u);
}

TEST(EntitlementCases, FindAGateThatLetsEverybodyIn) {
  const auto open = [](std::string_view, std::string_view, int64_t) {
    return channels::EntitlementAnswer{200, "welcome"};
  };
  const auto wrong = put_to_gate(open, trial().cases, "hello", now);
  ASSERT_EQ(wrong.size(), 3u);
  EXPECT_EQ(wrong.front(), "'inactive user' got 200 instead of 403 (welcome)");
}

TEST(EntitlementCases, FindAGateThatLetsNobodyIn) {
  const auto shut = [](std::string_view, std::string_view, int64_t) {
    return channels::EntitlementAnswer{403, "closed"};
  };
  EXPECT_EQ(put_to_gate(shut, trial().cases, "hello", now).size(), 2u);
}

}  // namespace
}  // namespace tcps
