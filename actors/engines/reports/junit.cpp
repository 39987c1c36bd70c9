#include "actors/engines/reports/junit.h"

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>

namespace tcps::reports {
namespace {

constexpr int suite_depth_max = 16;
constexpr double duration_s_max = 1e9;

int64_t to_ms(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return 0;
  return std::llround(std::min(seconds, duration_s_max) * 1000);
}

std::string name_of(const pugi::xml_node& test) {
  const std::string suite = test.attribute("classname").as_string();
  const std::string name = test.attribute("name").as_string();
  return suite.empty() || suite == name ? name : suite + "." + name;
}

bool is_skipped(const pugi::xml_node& test) {
  const std::string_view status = test.attribute("status").as_string();
  return test.child("skipped") || status == "notrun" || status == "disabled" || status == "skipped";
}

void count(const pugi::xml_node& test, TestTotals& totals) {
  ++totals.total;
  totals.duration_ms += to_ms(test.attribute("time").as_double());
  if (test.child("failure") || test.child("error")) {
    ++totals.failed;
    if (totals.failing.size() < failing_names_max) totals.failing.push_back(name_of(test));
  } else if (is_skipped(test)) {
    ++totals.skipped;
  } else {
    ++totals.passed;
  }
}

Status count_suite(const pugi::xml_node& suite, TestTotals& totals, int depth) {
  if (depth > suite_depth_max)
    return fail(ErrorCode::invalid, "JUnit report nests suites deeper than 16: flatten it");
  if (suite.child("testcase")) ++totals.suites;
  for (const auto& child : suite.children()) {
    const std::string_view name = child.name();
    if (name == "testcase") count(child, totals);
    if (name != "testsuite") continue;
    TCPS_TRY(count_suite(child, totals, depth + 1));
  }
  return {};
}

}  // namespace

void TestTotals::add(const TestTotals& other) {
  suites += other.suites;
  total += other.total;
  passed += other.passed;
  failed += other.failed;
  skipped += other.skipped;
  duration_ms += other.duration_ms;
  const auto room = failing_names_max - std::min(failing_names_max, failing.size());
  const auto taken = static_cast<std::ptrdiff_t>(std::min(room, other.failing.size()));
  failing.insert(failing.end(), other.failing.begin(), other.failing.begin() + taken);
}

Result<TestTotals> parse_junit(BytesView xml) {
  if (xml.size() > junit_bytes_max) {
    return fail(ErrorCode::full, "JUnit report is longer than 64 MiB: let the tests print less");
  }
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    return fail(ErrorCode::invalid, "JUnit report is no XML (" + std::string(parsed.description()) +
                                        " at byte " + std::to_string(parsed.offset) +
                                        "): check how the tests were run");
  }
  const auto root = document.document_element();
  const std::string_view name = root.name();
  if (name != "testsuites" && name != "testsuite") {
    return fail(ErrorCode::invalid, "report starts with <" + std::string(name.substr(0, 50)) +
                                        ">, not with <testsuites> or <testsuite>");
  }
  TestTotals totals;
  TCPS_TRY(count_suite(root, totals, 0));
  return totals;
}

}  // namespace tcps::reports
