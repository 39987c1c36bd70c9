#include "messages/text_scanner.h"

#include <gtest/gtest.h>

namespace tcps {
namespace {

TEST(TextScanner, TakesWhatItFindsAndLeavesTheRest) {
  TextScanner scanner("--12:345Zx");
  EXPECT_FALSE(scanner.take('+'));
  EXPECT_FALSE(scanner.take("---"));
  EXPECT_TRUE(scanner.take("--"));
  EXPECT_EQ(scanner.number(2, 0, 11), std::nullopt);
  EXPECT_EQ(scanner.number(2, 12, 12), 12);
  EXPECT_FALSE(scanner.take_any("Tt"));
  EXPECT_TRUE(scanner.take_any("T:"));
  EXPECT_EQ(scanner.number(2, 0, 99), 34) << "further digits stay";
  EXPECT_EQ(scanner.digits(), "5");
  EXPECT_EQ(scanner.digits(), "");
  EXPECT_EQ(scanner.take_while([](char c) { return c == 'x'; }), "");
  EXPECT_TRUE(scanner.sees('Z'));
  EXPECT_TRUE(scanner.take('Z'));
  EXPECT_FALSE(scanner.done());
  EXPECT_EQ(scanner.number(2, 0, 99), std::nullopt);
  EXPECT_EQ(scanner.take_while([](char c) { return c == 'x'; }), "x");
  EXPECT_TRUE(scanner.done());
  EXPECT_FALSE(scanner.take('x') || scanner.take_any("x") || scanner.sees('x'));
}

TEST(Billionths, AreReadFromTheDigitsBehindThePoint) {
  EXPECT_EQ(billionths(""), 0u);
  EXPECT_EQ(billionths("5"), 500'000'000u);
  EXPECT_EQ(billionths("000000001"), 1u);
  EXPECT_EQ(billionths("1234567899"), 123'456'789u);
}

}  // namespace
}  // namespace tcps
