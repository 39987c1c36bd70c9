#include "messages/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace tcps {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Split, GivesOnePartMoreThanThereAreSeparators) {
  EXPECT_EQ(split("a/b/c", '/'), (Parts{"a", "b", "c"}));
  EXPECT_EQ(split("/a//", '/'), (Parts{"", "a", "", ""}));
  EXPECT_EQ(split("a/b", '|'), (Parts{"a/b"}));
  EXPECT_EQ(split("", '/'), (Parts{""}));
}

TEST(WholeNumber, IsOfDigitsOnlyAndFits) {
  EXPECT_EQ(whole_number("0"), 0u);
  EXPECT_EQ(whole_number("007"), 7u);
  EXPECT_EQ(whole_number("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(whole_number<uint8_t>("255"), 255);
  EXPECT_EQ(whole_number<int64_t>("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const auto text : {"", " ", "+1", "-1", "1 ", " 1", "1.0", "0x1", "one", "18446744073709551616"})
    EXPECT_EQ(whole_number(text), std::nullopt) << text;
  EXPECT_EQ(whole_number<int64_t>("-1"), std::nullopt);
  EXPECT_EQ(whole_number<uint8_t>("256"), std::nullopt);
}

TEST(Printable, HasNoControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f\t\u00e4"), "a [31m b  \u00e4");
  EXPECT_EQ(printable(std::string_view("\0", 1)), " ");
}

TEST(EscapedXml, HoldsNoMarkup) {
  EXPECT_EQ(escape_xml(R"(<a b="c" d='e'>&amp;</a>)"),
            "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;amp;&lt;/a&gt;");
  EXPECT_EQ(escape_xml("\u00e4/"), "\u00e4/");
  EXPECT_EQ(escape_xml(""), "");
}

}  // namespace
}  // namespace tcps
