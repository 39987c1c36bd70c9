#include "nodes/view/output.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace tcps::view {
namespace {

TEST(Table, AlignsColumnsByCharactersNotBytes) {
  Table table({"NAME", "COUNT", "NOTE"});
  table.add({"é", "1", "x"});
  table.add({"longer name", "22", ""});
  EXPECT_EQ(table.render(false),
            "NAME         COUNT  NOTE\n"
            "é            1      x\n"
            "longer name  22\n");
}

TEST(Table, ColoursWholeLinesOnlyWhenAsked) {
  Table table({"A"});
  table.add({"bad"}, Colour::red);
  EXPECT_EQ(table.render(true), "\x1b[1mA\x1b[0m\n\x1b[31mbad\x1b[0m\n");
  EXPECT_EQ(table.render(false), "A\nbad\n");
}

TEST(Table, LetsNoCellSteerTheTerminal) {
  Table table({"A"});
  table.add({"x\x1b[2Jy\nz"});
  EXPECT_EQ(table.render(false), "A\nx [2Jy z\n");
}

RC_GTEST_PROP(Table, StartsEachColumnOfEveryRowAtTheSamePlace, ()) {
  const auto cell = rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
  const auto rows =
      *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(cell, cell));
  Table table({"FIRST", "SECOND"});
  size_t width = 5;
  for (const auto& [first, second] : rows) {
    table.add({first, "|" + second});
    width = std::max(width, first.size());
  }
  std::istringstream lines(table.render(false));
  std::string line;
  std::getline(lines, line);
  RC_ASSERT(line.substr(width + 2) == "SECOND");
  for (const auto& [first, second] : rows) {
    std::getline(lines, line);
    RC_ASSERT(line.substr(width + 2) == "|" + second);
  }
}

TEST(Text, IsCutAtCharactersAndSaysSo) {
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(fit("abcd", 3), "ab…");
  EXPECT_EQ(fit("äöüß", 3), "äö…");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Text, ShortensDigestsAndDurations) {
  EXPECT_EQ(short_digest("sha256:0123456789abcdef0123"), "sha256:0123456789ab");
  EXPECT_EQ(short_digest("0123456789abcdef"), "0123456789ab");
  EXPECT_EQ(short_digest(""), "");
  EXPECT_EQ(duration_text(4'120), "4.1 s");
  EXPECT_EQ(duration_text(125'000), "2 min 05 s");
  EXPECT_EQ(duration_text(3'660'000), "1 h 01 min");
}

TEST(Colour, OfAStatusIsOneForEachVocabularyAndNoneForOtherTexts) {
  EXPECT_EQ(status_colour<WorkOrderStatus>("done"), Colour::green);
  EXPECT_EQ(status_colour<WorkOrderStatus>("quarantined"), Colour::red);
  EXPECT_EQ(status_colour<WorkOrderStatus>("held"), Colour::yellow);
  EXPECT_EQ(status_colour<WorkOrderStatus>("cancelled"), Colour::yellow);
  EXPECT_EQ(status_colour<WorkOrderStatus>("working"), Colour::none);
  EXPECT_EQ(status_colour<WorkOrderStatus>("failed"), Colour::none);
  EXPECT_EQ(status_colour<ReceiptStatus>("failed"), Colour::red);
  EXPECT_EQ(status_colour<ReceiptStatus>("completed"), Colour::none);
  EXPECT_EQ(status_colour<ReceiptStatus>(""), Colour::none);
}

TEST(Output, TakesColoursOnATerminalUnlessTheEnvironmentSaysNo) {
  EXPECT_TRUE(Output::takes_colours(true, nullptr));
  EXPECT_TRUE(Output::takes_colours(true, ""));
  EXPECT_FALSE(Output::takes_colours(true, "1"));
  EXPECT_FALSE(Output::takes_colours(false, nullptr));
}

TEST(Output, PrintsOneDocumentAndNothingElseWithJson) {
  std::ostringstream text;
  Output out(text, true, true);
  out.json = true;
  Table table({"A"});
  table.add({"x"});
  out.text("for people");
  out.table(table, "nothing");
  out.document({{"a", 1}, {"bad", "\xff"}});
  const auto parsed = nlohmann::json::parse(text.str());
  EXPECT_EQ(parsed["a"], 1);
  EXPECT_FALSE(out.colours());
  EXPECT_FALSE(out.terminal());
}

TEST(Output, PrintsRecordsAsJsonLines) {
  std::ostringstream text;
  Output out(text, false, false);
  out.record({{"a", 1}});
  EXPECT_EQ(text.str(), "");
  out.json = true;
  out.record({{"a", 1}});
  out.record({{"a", 2}});
  EXPECT_EQ(text.str(), "{\"a\":1}\n{\"a\":2}\n");
}

TEST(Output, EndsAStreamWithItsErrorOnALine) {
  std::ostringstream text;
  Output out(text, false, false);
  out.json = true;
  out.record({{"a", 1}});
  out.document({{"error", {{"code", "timeout"}}}});
  EXPECT_EQ(text.str(), "{\"a\":1}\n{\"error\":{\"code\":\"timeout\"}}\n");
}

TEST(Output, SaysWhenATableIsEmpty) {
  std::ostringstream text;
  Output(text, false, false).table(Table({"A"}), "no rows");
  EXPECT_EQ(text.str(), "no rows\n");
}

}  // namespace
}  // namespace tcps::view
