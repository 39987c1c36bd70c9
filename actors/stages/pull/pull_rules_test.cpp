#include "actors/stages/pull/pull_rules.h"

#include <gtest/gtest.h>

namespace tcps::stages {
namespace {

class CheckDemand : public testing::Test {
 protected:
  void SetUp() override {
    work_.demand["github"] = {};
    work_.demand["marketplace"] = {};
    order_.set_id("wo-1");
    order_.set_sku("hello");
    order_.set_bucket("features");
    order_.set_priority("high");
    order_.set_created("2026-01-26T10:15:00Z");
    order_.mutable_demand()->set_source("github");
  }
  std::optional<FailureMode> mode() const { return check_demand(order_, work_).value().mode; }

  StandardWork work_;
  proto::WorkOrder order_;
};

TEST_F(CheckDemand, AcceptsAWholeSignal) {
  EXPECT_FALSE(check_demand(order_, work_).has_value());
  order_.set_due_date("2028-02-29");
  EXPECT_FALSE(check_demand(order_, work_).has_value());
}

TEST_F(CheckDemand, RefusesASourceThatTheLineDoesNotHave) {
  order_.mutable_demand()->set_source("rumours");
  EXPECT_EQ(mode(), FailureMode::invalid_demand_source);
  EXPECT_NE(
      check_demand(order_, work_)->reason.find("'rumours' is none of this line's (github, marketplace)"),
      std::string::npos);
  order_.mutable_demand()->clear_source();
  EXPECT_EQ(mode(), FailureMode::invalid_demand_source);
}

TEST_F(CheckDemand, RefusesAnUnknownBucket) {
  order_.set_bucket("wishes");
  EXPECT_EQ(mode(), FailureMode::invalid_demand_source);
}

TEST_F(CheckDemand, NamesAMissingField) {
  order_.clear_priority();
  EXPECT_EQ(mode(), FailureMode::missing_required_field);
  EXPECT_NE(check_demand(order_, work_)->reason.find("priority"), std::string::npos);
  order_.set_priority("low");
  order_.clear_sku();
  EXPECT_EQ(mode(), FailureMode::missing_required_field);
}

TEST_F(CheckDemand, ChecksTheDueDateAgainstTheCalendar) {
  for (const auto* date : {"2026-02-30", "2027-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "01.02.2026",
                           "tomorrow", "2026-02-01T00:00:00Z", "0000-01-01", "2026-+1-01", "2026-02-"}) {
    order_.set_due_date(date);
    EXPECT_EQ(mode(), FailureMode::invalid_due_date) << date;
  }
}

TEST(IsBreaking, ReadsTheAttribute) {
  proto::WorkOrder order;
  EXPECT_FALSE(is_breaking(order));
  (*order.mutable_demand()->mutable_attributes())["breaking"] = "false";
  EXPECT_FALSE(is_breaking(order));
  (*order.mutable_demand()->mutable_attributes())["breaking"] = "true";
  EXPECT_TRUE(is_breaking(order));
}

}  // namespace
}  // namespace tcps::stages
