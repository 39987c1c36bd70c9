#include "nodes/toml/key_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcps::toml_keys {
namespace {

using ::testing::HasSubstr;

struct Inner {
  bool on = true;
};
struct Sample {
  std::string name;
  std::string place = "here";
  uint16_t count = 3;
  std::chrono::milliseconds pause{250};
  std::vector<std::string> tags = {"a"};
  std::vector<int> sizes;
  Inner inner;
};

Result<int> parse_size(const std::string& text) {
  if (text == "small") return 1;
  return fail(ErrorCode::invalid, "'" + text + "' is no size");
}

const KeyTable<Sample>& keys() {
  static const KeyTable<Sample> table(
      {required(text("name", &Sample::name, "how it is called")),
       text("place", &Sample::place, "where it is"),
       number("deep.er.count", &Sample::count, 1, 9, "how many"),
       milliseconds("pause_ms", &Sample::pause, 0, 1'000, "between two"),
       texts("tags", &Sample::tags, "words"),
       parsed_list(
           "sizes", &Sample::sizes, parse_size, [](int size) { return std::to_string(size); }, "sizes"),
       flag(
           "inner.on", +[](Sample& sample) -> bool& { return sample.inner.on; }, "whether it runs")},
      "see the help");
  return table;
}

// What is read, or the problems.
Result<Sample> read(std::string_view text, const std::string& prefix = {}) {
  const auto root = TCPS_TRY(parse_toml(text, "f.toml"));
  Problems problems("f.toml");
  Sample sample;
  keys().read(root, sample, problems, prefix);
  TCPS_TRY(problems.status());
  return sample;
}

TEST(KeyTable, FillsWhatIsSaidAndLeavesTheRest) {
  const auto least = read("name = \"n\"");
  ASSERT_TRUE(least) << least.error().message;
  EXPECT_EQ(least->name, "n");
  EXPECT_EQ(least->place, "here");
  EXPECT_EQ(least->tags, std::vector<std::string>{"a"});
  const auto all = read(
      "name = \"n\"\nplace = \"there\"\npause_ms = 0\ntags = []\nsizes = [\"small\"]\n"
      "[deep.er]\ncount = 9\n[inner]\non = false\n");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->place, "there");
  EXPECT_EQ(all->count, 9);
  EXPECT_EQ(all->pause.count(), 0);
  EXPECT_TRUE(all->tags.empty());
  EXPECT_EQ(all->sizes, std::vector<int>{1});
  EXPECT_FALSE(all->inner.on);
}

TEST(KeyTable, NamesFileLineAndKeyOfWhatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {"place = 1", "f.toml:2: place: must be a text in quotes"},
      {"colour = 1", "f.toml:2: colour: unknown key; see the help"},
      {"[deep]\nmore = 1", "f.toml:3: deep.more: unknown key"},
      {"[place]\nx = 1", "f.toml:2: place: must be a text in quotes"},
      {"[other]\nx = 1", "f.toml:2: other: unknown key"},
      {"deep = 1", "f.toml:2: deep: unknown key"},
      {"[deep.er]\ncount = 0", "deep.er.count: must be 1-9"},
      {"[deep.er]\ncount = 10", "deep.er.count: must be 1-9"},
      {"[deep.er]\ncount = 1.0", "deep.er.count: must be a whole number"},
      {"pause_ms = \"1\"", "pause_ms: must be a whole number"},
      {"tags = \"a\"", "tags: must be a list of texts"},
      {"tags = [1]", "tags: must be a list of texts"},
      {"sizes = [\"big\"]", "sizes: 'big' is no size"},
      {"[inner]\non = 1", "inner.on: must be true or false"},
      {"[", "f.toml:2: "},
  };
  for (const auto& [text, problem] : rows) {
    const auto sample = read("name = \"n\"\n" + std::string(text));
    ASSERT_FALSE(sample) << text;
    EXPECT_EQ(sample.error().code, ErrorCode::invalid);
    EXPECT_THAT(sample.error().message, HasSubstr(problem)) << text;
  }
}

TEST(KeyTable, TellsAllProblemsAtOnceUnderItsPrefix) {
  const auto sample = read("a = 1\nb = 2\n", "line.");
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message,
            "f.toml:1: line.a: unknown key; see the help\nf.toml:2: line.b: unknown key; see the help\n"
            "f.toml:1: line.name: is missing: how it is called");
}

TEST(KeyTable, DescribesEveryKeyWithItsTrueDefault) {
  const auto text = keys().describe(Sample{}, "x.");
  EXPECT_THAT(text, HasSubstr("x.name                         default (required)   how it is called\n"));
  EXPECT_THAT(text, HasSubstr("default \"here\"       where it is\n"));
  EXPECT_THAT(text, HasSubstr("x.deep.er.count                default 3            how many (1-9)\n"));
  EXPECT_THAT(text, HasSubstr("default 250          between two (0-1000)\n"));
  EXPECT_THAT(text, HasSubstr("default [\"a\"]        words\n"));
  EXPECT_THAT(text, HasSubstr("default true         whether it runs\n"));
}

TEST(KeyTable, WritesWhatDiffersFromTheDefaults) {
  Sample sample;
  EXPECT_EQ(keys().write(sample), "");
  sample.name = "a \"b\"\\c\n\x7f";
  sample.tags = {};
  EXPECT_EQ(keys().write(sample), "name = \"a \\\"b\\\"\\\\c\\u000a\\u007f\"\ntags = []\n");
  const auto back = read(keys().write(sample));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->name, sample.name);
}

}  // namespace
}  // namespace tcps::toml_keys
