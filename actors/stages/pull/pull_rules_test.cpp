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
  int mode() const {
    const auto finding = check_demand(order_, work_);
    return finding ? finding->mode : -1;
  }

  StandardWork work_;
  proto::WorkOrder order_;
};

TEST_F(CheckDemand, AcceptsAWholeSignal) {
  EXPECT_EQ(mode(), -1);
  order_.set_due_date("2028-02-29");
  EXPECT_EQ(mode(), -1);
}

TEST_F(CheckDemand, RefusesASourceThatTheLineDoesNotHave) {
  order_.mutable_demand()->set_source("rumours");
  EXPECT_EQ(mode(), 1);
  EXPECT_NE(
      check_demand(order_, work_)->reason.find("'rumours' is none of this line's (github, marketplace)"),
      std::string::npos);
  order_.mutable_demand()->clear_source();
  EXPECT_EQ(mode(), 1);
}

TEST_F(CheckDemand, RefusesAnUnknownBucket) {
  order_.set_bucket("wishes");
  EXPECT_EQ(mode(), 1);
}

TEST_F(CheckDemand, NamesAMissingField) {
  order_.clear_priority();
  EXPECT_EQ(mode(), 3);
  EXPECT_NE(check_demand(order_, work_)->reason.find("priority"), std::string::npos);
  order_.set_priority("low");
  order_.clear_sku();
  EXPECT_EQ(mode(), 3);
}

TEST_F(CheckDemand, ChecksTheDueDateAgainstTheCalendar) {
  for (const auto* date : {"2026-02-30", "2027-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "01.02.2026",
                           "tomorrow", "2026-02-01T00:00:00Z", "0000-01-01", "2026-+1-01", "2026-02-"}) {
    order_.set_due_date(date);
    EXPECT_EQ(mode(), 4) << date;
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
