#include "actors/engines/reports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tcps::reports {
namespace {

TEST(Junit, CountsWhatCTestWrites) {
  const auto totals = parse_junit(R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++" tests="3" failures="0" disabled="0" skipped="0" time="1">
  <testcase name="a" classname="a" time="0.25" status="run"><system-out>fine</system-out></testcase>
  <testcase name="b" classname="b" time="0.5" status="fail"><failure message="no"/></testcase>
  <testcase name="c" classname="c" time="0" status="notrun"/>
</testsuite>)");
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->suites, 1u);
  EXPECT_EQ(totals->total, 3u);
  EXPECT_EQ(totals->passed, 1u);
  EXPECT_EQ(totals->failed, 1u);
  EXPECT_EQ(totals->skipped, 1u);
  EXPECT_EQ(totals->duration_ms, 750);
  EXPECT_THAT(totals->failing, testing::ElementsAre("b"));
  EXPECT_FALSE(totals->all_passed());
}

TEST(Junit, CountsWhatGoogleTestAndSurefireWrite) {
  const auto totals = parse_junit(R"(<testsuites tests="4"><testsuite name="S">
    <testcase name="One" status="run" result="completed" time="0.001" classname="S"/>
    <testcase name="Two" status="notrun" result="suppressed" time="0." classname="S"/></testsuite>
    <testsuite name="outer"><testsuite name="eunit"><testcase name="m:f_test" time="0.1"><error type="error">boom</error></testcase>
    <testcase name="m:g_test" time="junk"><skipped type="x">later</skipped></testcase></testsuite></testsuite></testsuites>)");
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->suites, 2u);
  EXPECT_EQ(totals->passed, 1u);
  EXPECT_EQ(totals->failed, 1u);
  EXPECT_EQ(totals->skipped, 2u);
  EXPECT_EQ(totals->duration_ms, 101);
  EXPECT_THAT(totals->failing, testing::ElementsAre("m:f_test"));
}

TEST(Junit, DoesNotBelieveClaimedTotals) {
  const auto totals = parse_junit(R"(<testsuites tests="99" failures="0"/>)");
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->total, 0u);
  EXPECT_FALSE(totals->all_passed());
}

TEST(Junit, AddsReportsAndBoundsTheNames) {
  TestTotals one;
  one.passed = one.total = 5;
  EXPECT_TRUE(one.all_passed());
  TestTotals two;
  two.failed = two.total = 150;
  two.failing.assign(80, "x");
  one.add(two);
  one.add(two);
  EXPECT_EQ(one.total, 305u);
  EXPECT_EQ(one.failed, 300u);
  EXPECT_EQ(one.failing.size(), failing_names_max);
}

TEST(Junit, RefusesWhatIsNoReport) {
  std::string deep = "<testsuites>";
  for (int i = 0; i < 20; ++i) deep += "<testsuite>";
  for (int i = 0; i < 20; ++i) deep += "</testsuite>";
  for (const auto& xml : {std::string(), std::string("text"), std::string("<html/>"),
                          std::string("<testsuite><testcase>"), deep + "</testsuites>"}) {
    const auto totals = parse_junit(xml);
    ASSERT_FALSE(totals.has_value()) << xml;
    EXPECT_EQ(totals.error().code, ErrorCode::invalid);
  }
  EXPECT_EQ(parse_junit(std::string(junit_bytes_max + 1, ' ')).error().code, ErrorCode::full);
}

TEST(Junit, SurvivesAbsurdDurations) {
  const auto totals = parse_junit(
      R"(<testsuite><testcase name="a" time="1e300"/><testcase name="b" time="-5"/><testcase name="c" time="nan"/></testsuite>)");
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->duration_ms, 1'000'000'000'000);
}

RC_GTEST_PROP(Junit, EveryCaseIsCountedOnce, (const std::vector<uint8_t>& kinds)) {
  std::string xml = "<testsuite>";
  const std::array<const char*, 4> bodies{"", "<failure/>", "<skipped/>", "<error/>"};
  for (auto kind : kinds) xml += std::string("<testcase name=\"n\">") + bodies[kind % 4] + "</testcase>";
  const auto totals = parse_junit(xml + "</testsuite>");
  RC_ASSERT(totals.has_value());
  RC_ASSERT(totals->total == kinds.size());
  RC_ASSERT(totals->passed + totals->failed + totals->skipped == totals->total);
}

}  // namespace
}  // namespace tcps::reports
