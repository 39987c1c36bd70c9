#include "messages/canonical_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "messages/testing/json_generator.h"
#include "tests/support/places.h"

namespace tcps {
namespace {

using nlohmann::json;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string without_final_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

double from_bits(uint64_t bits) {
  double number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

class JcsVector : public testing::TestWithParam<const char*> {};

TEST_P(JcsVector, IsReproducedByteForByte) {
  const std::string folder = test::source_folder() + "/tests/conformance/jcs/";
  const auto parsed = parse_json(read(folder + "input/" + GetParam()));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(canonical_json(*parsed), without_final_newline(read(folder + "output/" + GetParam())));
}

INSTANTIATE_TEST_SUITE_P(Rfc8785, JcsVector,
                         testing::Values("arrays.json", "french.json", "structures.json", "unicode.json",
                                         "values.json", "weird.json"),
                         [](const auto& info) {
                           return std::string(info.param, std::strlen(info.param) - 5);
                         });

// RFC 8785, appendix B.
TEST(CanonicalJson, WritesNumbersAsEcmaScriptDoes) {
  const std::pair<uint64_t, std::string_view> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) EXPECT_EQ(canonical_json(from_bits(bits)), text);
}

TEST(CanonicalJson, WritesIntegersBeyondADoubleAsTheNearestDouble) {
  EXPECT_EQ(canonical_json((int64_t{1} << 53) - 1), "9007199254740991");
  EXPECT_EQ(canonical_json(std::numeric_limits<int64_t>::min()), "-9223372036854776000");
  EXPECT_EQ(canonical_json(std::numeric_limits<uint64_t>::max()), "18446744073709552000");
  EXPECT_EQ(canonical_json((int64_t{1} << 53) + 1), "9007199254740992");
}

TEST(CanonicalJson, SortsKeysByUtf16CodeUnits) {
  // U+FF5E stands behind U+1F602 in UTF-16 (ff5e against d83d), but before it in UTF-8.
  const json object = {
      {"\xef\xbd\x9e", 1}, {"\xf0\x9f\x98\x82", 2}, {"z", 3}, {"a", 4}, {"a\xf0\x9f\x98\x82", 5}};
  EXPECT_EQ(canonical_json(object),
            "{\"a\":4,\"a\xf0\x9f\x98\x82\":5,\"z\":3,\"\xf0\x9f\x98\x82\":2,\"\xef\xbd\x9e\":1}");
}

TEST(CanonicalJson, EscapesOnlyWhatItMust) {
  EXPECT_EQ(canonical_json(std::string("\x00\x1f\b\t\n\f\r\"\\/\x7f\xc3\xa9", 13)),
            "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\xc3\xa9\"");
}

TEST(CanonicalJson, ReplacesBytesThatAreNotUtf8) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(canonical_json("a\xff"
                           "b"),
            "\"a" + mark + "b\"");
  EXPECT_EQ(canonical_json("\xc0\xaf"), "\"" + mark + mark + "\"");
  EXPECT_EQ(canonical_json("\xed\xa0\x80"), "\"" + mark + mark + mark + "\"");
  EXPECT_EQ(canonical_json("\xe2\x82"), "\"" + mark + mark + "\"");
  EXPECT_EQ(canonical_json("\xf4\x90\x80\x80"), "\"" + mark + mark + mark + mark + "\"");
}

TEST(CanonicalJsonDeathTest, AssertsThatNumbersAreFinite) {
  EXPECT_DEATH(canonical_json(std::numeric_limits<double>::infinity()), "check failed");
  EXPECT_DEATH(canonical_json(std::nan("")), "check failed");
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  const auto parsed = parse_json(
      R"( {"a":[null,true,false,-1,18446744073709551615,1.5e2,"x\u00e9\ud83d\ude02"],"b":{},"c":[]} )");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ((*parsed)["a"], json::array({nullptr, true, false, -1, 18446744073709551615u, 150.0,
                                         "x\xc3\xa9\xf0\x9f\x98\x82"}));
  EXPECT_EQ((*parsed)["b"], json::object());
  EXPECT_EQ((*parsed)["c"], json::array());
  EXPECT_EQ(*parse_json("7"), json(7));
}

TEST(ParseJson, RefusesWhatIsNotOneJsonValue) {
  for (std::string_view text :
       {"",      " ",   "{",       "}",         "[1,]",   "{\"a\":1,}", "{\"a\"}", "{a:1}",    "'a'",
        "01",    "+1",  ".5",      "1.",        "1e",     "nul",        "NaN",     "Infinity", "1 2",
        "[] []", "\"a", "\"\\x\"", "\"\\u12\"", "\"\n\"", "// c\n1",    "[1}",     "1e999",    "-"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_FALSE(parsed.error().message.empty());
  }
}

TEST(ParseJson, RefusesInvalidUtf8AndLoneSurrogates) {
  for (std::string_view text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"",
                                "\"\xf5\x80\x80\x80\"", "\"\\ud83d\"", "\"\\ude02\"", "\"\\ud83d\\u0041\""}) {
    EXPECT_FALSE(parse_json(text).has_value()) << text;
  }
}

TEST(ParseJson, RefusesAMemberNamedTwice) {
  const auto parsed = parse_json(R"({"a":1,"b":{"x":1,"\u0078":2}})");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().message, "JSON names the member 'x' twice in one object");
  EXPECT_TRUE(parse_json(R"({"a":{"x":1},"b":{"x":1}})").has_value());
  EXPECT_TRUE(parse_json(R"([{"x":1},{"x":1}])").has_value());
}

TEST(ParseJson, BoundsTheDepth) {
  EXPECT_TRUE(parse_json("[[{}]]", 3).has_value());
  EXPECT_TRUE(parse_json("[[1],[1],[1]]", 2).has_value());
  EXPECT_EQ(parse_json("[[[1]]]", 2).error().message, "JSON is nested deeper than 2 levels");
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')).has_value());
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')).has_value());
}

TEST(ParseJson, AnswersHostileSizesWithAShortError) {
  const std::string deep(10 << 20, '[');
  EXPECT_FALSE(parse_json(deep).has_value());
  std::string open_string(10 << 20, 'a');
  open_string.front() = '"';
  const auto parsed = parse_json(open_string);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_LT(parsed.error().message.size(), 200u);
}

RC_GTEST_PROP(CanonicalJson, IsAFixpointOfParsing, ()) {
  const json value = *test::any_json(3);
  const std::string text = canonical_json(value);
  const auto parsed = parse_json(text);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(canonical_json(*parsed) == text);
  RC_ASSERT(*parsed == value);
}

RC_GTEST_PROP(CanonicalJson, KeepsEveryDouble, ()) {
  const double number = *test::any_finite_double();
  RC_ASSERT(std::strtod(canonical_json(number).c_str(), nullptr) == number);
}

RC_GTEST_PROP(CanonicalJson, IsWellFormedForAnyBytes, (const std::string& bytes)) {
  RC_ASSERT(parse_json(canonical_json(bytes)).has_value());
}

RC_GTEST_PROP(ParseJson, RefusesOrReadsAnyTruncation, ()) {
  const json object = {{"value", *test::any_json(2)}};
  const std::string text = canonical_json(object);
  RC_ASSERT(
      !parse_json(std::string_view(text).substr(0, *rc::gen::inRange<size_t>(0, text.size()))).has_value());
}

}  // namespace
}  // namespace tcps
