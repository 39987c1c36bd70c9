#include "actors/stages/common/stage_log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace tcps::stages {
namespace {

TEST(StageLog, KeepsEveryLineAndTellsItAtOnce) {
  std::vector<std::string> heard;
  StageLog log([&heard](std::string_view line) { heard.emplace_back(line); });
  log.add_line("one");
  log.add_line("two");
  EXPECT_EQ(log.text(), "one\ntwo\n");
  EXPECT_EQ(heard, (std::vector<std::string>{"one", "two"}));
}

TEST(StageLog, KeepsBeginningAndEndOfALongOne) {
  StageLog log(nullptr);
  log.add_line("the first line");
  for (int i = 0; i < 20'000; ++i) log.add_line(std::string(1000, 'x'));
  log.add_line("the last line");
  const auto text = log.text();
  EXPECT_LT(text.size(), 2 * StageLog::part_bytes_max + 2000);
  EXPECT_TRUE(text.starts_with("the first line\n"));
  EXPECT_TRUE(text.ends_with("the last line\n"));
  EXPECT_NE(text.find("bytes left out"), std::string::npos);
}

TEST(LastWords, AreTheLastThreeLinesInOne) {
  EXPECT_EQ(last_words("a\nb\nc\nd\n"), "b / c / d");
  EXPECT_EQ(last_words("only\n\n"), "only");
  EXPECT_EQ(last_words(""), "");
  EXPECT_EQ(last_words(std::string(5000, 'y')).size(), 600u);
}

TEST(ReceiptText, IsUtf8WhateverItWas) {
  EXPECT_EQ(receipt_text("plain"), "plain");
  EXPECT_EQ(receipt_text("bad \xff byte"), "bad \xEF\xBF\xBD byte");
  EXPECT_EQ(receipt_text("cut here", 3), "cut");
}

}  // namespace
}  // namespace tcps::stages
