#include "messages/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace tcps::utf8 {
namespace {

std::string text_of(const std::vector<uint32_t>& points) {
  std::string text;
  for (const uint32_t point : points) append(text, point);
  return text;
}

rc::Gen<uint32_t> code_point() {
  return rc::gen::suchThat(
      rc::gen::oneOf(rc::gen::inRange<uint32_t>(0, 0x80), rc::gen::inRange<uint32_t>(0x80, 0x800),
                     rc::gen::inRange<uint32_t>(0x800, 0x10000),
                     rc::gen::inRange<uint32_t>(0x10000, 0x110000)),
      [](uint32_t point) { return point < 0xd800 || point > 0xdfff; });
}

TEST(Utf8, HasCharactersOfOneToFourBytes) {
  const std::tuple<std::string, uint32_t, size_t> characters[] = {
      {std::string(1, '\0'), 0, 1},     {"\x7f", 0x7f, 1},           {"\xc2\x80", 0x80, 2},
      {"\xdf\xbf", 0x7ff, 2},           {"\xe0\xa0\x80", 0x800, 3},  {"\xed\x9f\xbf", 0xd7ff, 3},
      {"\xee\x80\x80", 0xe000, 3},      {"\xef\xbf\xbf", 0xffff, 3}, {"\xf0\x90\x80\x80", 0x10000, 4},
      {"\xf4\x8f\xbf\xbf", 0x10ffff, 4}};
  for (const auto& [bytes, point, length] : characters) {
    EXPECT_EQ(sequence_length(bytes), length) << std::hex << point;
    EXPECT_EQ(sequence_length(bytes + "x"), length) << std::hex << point;
    EXPECT_EQ(text_of({point}), bytes);
    EXPECT_TRUE(is_valid(bytes));
    std::string_view rest = bytes;
    EXPECT_EQ(take_code_point(rest), point);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Utf8, HasNoOverlongFormsNoSurrogatesAndNothingCutOrBeyond) {
  for (const std::string bytes : {"\x80",
                                  "\xbf",
                                  "\xc0\x80",
                                  "\xc1\xbf",
                                  "\xc2",
                                  "\xc2x",
                                  "\xe0\x80\x80",
                                  "\xe0\x9f\xbf",
                                  "\xe1\x80",
                                  "\xe1\x80x",
                                  "\xed\xa0\x80",
                                  "\xed\xbf\xbf",
                                  "\xf0\x80\x80\x80",
                                  "\xf0\x8f\xbf\xbf",
                                  "\xf1\x80\x80",
                                  "\xf1\x80\x80x",
                                  "\xf4\x90\x80\x80",
                                  "\xf5\x80\x80\x80",
                                  "\xfe",
                                  "\xff"}) {
    EXPECT_EQ(sequence_length(bytes), 0u);
    EXPECT_FALSE(is_valid(bytes));
    EXPECT_FALSE(is_valid("good" + bytes));
    std::string_view rest = bytes;
    EXPECT_EQ(take_code_point(rest), std::nullopt);
    EXPECT_EQ(rest, bytes);
  }
}

TEST(Utf8, OfNothingIsValidAndHasNoCharacter) {
  std::string_view nothing;
  EXPECT_EQ(sequence_length(nothing), 0u);
  EXPECT_TRUE(is_valid(nothing));
  EXPECT_EQ(take_code_point(nothing), std::nullopt);
  EXPECT_EQ(count(nothing), 0u);
  EXPECT_EQ(cut(nothing, 0), "");
}

TEST(Utf8, IsCutBetweenCharacters) {
  const std::string text = "a\xc3\xa4\xe2\x82\xac";  // a, a with dots, euro
  const std::string_view cuts[] = {"", "a", "a", "a\xc3\xa4", "a\xc3\xa4", "a\xc3\xa4", text, text};
  for (size_t bytes = 0; bytes < std::size(cuts); ++bytes) EXPECT_EQ(cut(text, bytes), cuts[bytes]) << bytes;
  EXPECT_EQ(cut("\x80\x80\x80", 2), "") << "what begins nowhere";
}

RC_GTEST_PROP(Utf8, ReadsBackTheCodePointsThatItWrote, ()) {
  const auto points = *rc::gen::container<std::vector<uint32_t>>(code_point());
  const auto text = text_of(points);
  RC_ASSERT(is_valid(text));
  RC_ASSERT(count(text) == points.size());
  std::string_view rest = text;
  for (const uint32_t point : points) RC_ASSERT(take_code_point(rest) == point);
  RC_ASSERT(rest.empty());
}

RC_GTEST_PROP(Utf8, IsCutToValidTextNoShorterThanNeeded, ()) {
  const auto text = text_of(*rc::gen::container<std::vector<uint32_t>>(code_point()));
  const auto bytes_max = *rc::gen::inRange<size_t>(0, text.size() + 2);
  const auto beginning = cut(text, bytes_max);
  RC_ASSERT(is_valid(beginning));
  RC_ASSERT(text.starts_with(beginning));
  RC_ASSERT(beginning.size() <= bytes_max);
  RC_ASSERT(beginning.size() == text.size() || beginning.size() + 4 > bytes_max);
}

RC_GTEST_PROP(Utf8, AgreesWithItselfOnAnyBytes, (const std::string& bytes)) {
  std::string_view rest = bytes;
  while (take_code_point(rest)) {
  }
  RC_ASSERT(rest.empty() == is_valid(bytes));
}

}  // namespace
}  // namespace tcps::utf8
