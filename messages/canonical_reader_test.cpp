#include "messages/canonical_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/testing/json_generator.h"

namespace tcps {
namespace {

using nlohmann::json;

// What the reader tells of the next value, as a tree.
bool read_tree(CanonicalReader& reader, json& value) {
  std::string_view text;
  bool flag = false;
  JsonNumber number;
  switch (reader.kind()) {
    case JsonKind::null:
      value = nullptr;
      return reader.null();
    case JsonKind::boolean:
      if (!reader.boolean(flag)) return false;
      value = flag;
      return true;
    case JsonKind::number:
      if (!reader.number(number)) return false;
      value = number.integer ? json(*number.integer) : json(number.real);
      return true;
    case JsonKind::string:
      if (!reader.string(text)) return false;
      value = text;
      return true;
    case JsonKind::array:
      value = json::array();
      return reader.elements(
          [&](size_t, CanonicalReader& element) { return read_tree(element, value.emplace_back()); });
    case JsonKind::object:
      value = json::object();
      return reader.members([&](std::string_view name, CanonicalReader& member) {
        return read_tree(member, value[std::string(name)]);
      });
    case JsonKind::malformed:
      break;
  }
  return false;
}

bool is_read(std::string_view text, json* value = nullptr) {
  CanonicalReader reader(text), skipping(text);
  json ignored;
  const bool read = read_tree(reader, value != nullptr ? *value : ignored) && reader.at_end();
  const bool skipped = skipping.skip() && skipping.at_end();
  EXPECT_EQ(read, skipped) << text;
  return read;
}

RC_GTEST_PROP(CanonicalReader, ReadsWhatCanonicalJsonWrites, ()) {
  const json value = *test::any_json(3);
  const std::string text = canonical_json(value);
  json again;
  RC_ASSERT(is_read(text, &again));
  RC_ASSERT(canonical_json(again) == text);
}

// One byte changed, dropped or doubled somewhere: read exactly when the text is still in canonical form.
RC_GTEST_PROP(CanonicalReader, ReadsNoOtherSpelling, ()) {
  std::string text = canonical_json(*test::any_json(3));
  const size_t at = *rc::gen::inRange<size_t>(0, text.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      text[at] = *rc::gen::elementOf(std::string(" \t\n,:{}[]\"\\0123456789.-+eEuntrfalse\x7f\x01\xff"));
      break;
    case 1:
      text.erase(at, 1);
      break;
    default:
      text.insert(at, 1, text[at]);
  }
  const auto parsed = parse_json(text);
  RC_ASSERT(is_read(text) == (parsed && canonical_json(*parsed) == text));
}

TEST(CanonicalReader, SeesEveryByteOfAStringWhereverItStands) {
  for (size_t length = 1; length <= 20; ++length) {
    for (size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = '"' + std::string(length, ' ') + '"';
        text[1 + at] = static_cast<char>(byte);
        const bool stands_for_itself = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
        EXPECT_EQ(is_read(text), stands_for_itself) << length << " characters, " << byte << " at " << at;
      }
    }
  }
}

TEST(CanonicalReader, RefusesOtherSpellingsOfTheSameValue) {
  for (std::string_view text : {" 1",
                                "1 ",
                                "[1, 2]",
                                R"({"a" :1})",
                                "1.0",
                                "-0",
                                "1e2",
                                "1E21",
                                "1e21",
                                "01",
                                "+1",
                                ".5",
                                "0.50",
                                "1e-7 ",
                                R"("\/")",
                                R"("\u0041")",
                                R"("\u000A")",
                                R"("\u000a")",
                                R"("\u001F")",
                                R"("\b)",
                                R"({"b":1,"a":2})",
                                R"({"a":1,"a":1})",
                                "[1,]",
                                R"({"a":1,})",
                                "[,1]",
                                "{,}",
                                "tru",
                                "truee",
                                "nul",
                                "",
                                "\"\xff\"",
                                "\"\xed\xa0\x80\"",
                                "\"\x01\"",
                                "1e999",
                                "-",
                                "--1",
                                "{\"\xef\xbf\xbf\":1,\"\xf0\x90\x80\x80\":1}"}) {
    EXPECT_FALSE(is_read(text)) << text;
  }
  for (std::string_view text :
       {"1e+21", "1e-7", "0.5", "-1", "0", "123456789012345680000", R"("\u001f\n\"\\/")",
        "{\"\xf0\x90\x80\x80\":1,\"\xef\xbf\xbf\":1}", R"({"":{},"\"":[]})"}) {
    EXPECT_TRUE(is_read(text)) << text;
  }
}

TEST(CanonicalReader, TellsExactIntegersFromOtherNumbers) {
  const auto number = [](std::string_view text) {
    JsonNumber value;
    EXPECT_TRUE(CanonicalReader(text).number(value)) << text;
    return value;
  };
  EXPECT_EQ(number("9007199254740992").integer, int64_t{1} << 53);
  EXPECT_EQ(number("-9007199254740992").integer, -(int64_t{1} << 53));
  EXPECT_FALSE(number("9007199254740994").integer);
  EXPECT_EQ(number("9007199254740994").real, 9007199254740994.0);
  EXPECT_FALSE(number("0.5").integer);
  EXPECT_FALSE(number("1e+21").integer);
}

TEST(CanonicalReader, RefusesDeepNesting) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(is_read(deep));
  EXPECT_TRUE(is_read(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(is_read(std::string(65, '[') + std::string(65, ']')));
}

}  // namespace
}  // namespace tcps
