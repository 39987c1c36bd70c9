#include "nodes/tcps/run/demand_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nodes/tcps/run/product_source.h"
#include "tests/support/places.h"
#include "tests/support/smallest_line.h"

namespace tcps::cli {
namespace {

TEST(ParseSignals, ReadsTheThreeShapes) {
  for (const char* text : {R"({"timestamp": "t", "signals": [{"signal_id": "1", "title": "T"}]})",
                           R"([{"signal_id": "1", "title": "T"}])", R"({"signal_id": "1", "title": "T"})"}) {
    const auto signals = parse_signals(text, "file", "github");
    ASSERT_TRUE(signals.has_value()) << signals.error().message;
    ASSERT_EQ(signals->size(), 1u);
    EXPECT_EQ(signals->front().source, "github");
    EXPECT_EQ(signals->front().id, "1");
    EXPECT_EQ(nlohmann::json::parse(signals->front().json)["source"], "github");
  }
}

TEST(ParseSignals, KeepsTheSourceThatASignalNames) {
  EXPECT_EQ(parse_signals(R"([{"signal_id": "1", "source": "security"}])", "file", "github")->front().source,
            "security");
}

TEST(ParseSignals, NamesTheFileAndTheSignalThatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"([{"signal_id": "1"}, {"title": "no id"}])", "file: signal 2"},
      {R"([{"signal_id": "1", "colour": "red"}])", "colour"},
      {R"([5])", "file: signal 1"},
      {R"({"signals": 5})", "file: expected"},
      {R"([{"signal_id": "1", "source": "Not A Token"}])", "file: signal 1"},
      {"not json", "file"},
  };
  for (const auto& [text, part] : wrong) {
    const auto signals = parse_signals(text, "file", "github");
    ASSERT_FALSE(signals.has_value()) << text;
    EXPECT_NE(signals.error().message.find(part), std::string::npos) << signals.error().message;
  }
}

TEST(ParseSignals, IsBounded) {
  std::string text = "[";
  for (int i = 0; i <= 100'000; ++i) text += i == 0 ? "0" : ",0";
  EXPECT_EQ(parse_signals(text + "]", "file", "github").error().code, ErrorCode::full);
}

TEST(CollectSignals, ReadsTheDemandFilesOfTheExampleLine) {
  auto source = ProductSource::open(test::source_folder() + "/config/lines/transport");
  ASSERT_TRUE(source.has_value()) << source.error().message;
  const auto signals = collect_signals(source->standard_work, source->folder);
  ASSERT_TRUE(signals.has_value()) << signals.error().message;
  EXPECT_GE(signals->size(), 3u);
  EXPECT_TRUE(missing_files(source->standard_work, source->folder).empty());
}

TEST(IntakeReply, IsReadIntoWhatBecameOfTheSignal) {
  auto reply = read_intake_reply(R"({"accepted": true, "known": false, "work_order": "wo-1"})");
  EXPECT_EQ(reply.answer.reception, Reception::accepted);
  EXPECT_EQ(reply.answer.work_order, "wo-1");
  EXPECT_EQ(reply.retry_after_ms, 0);
  EXPECT_EQ(read_intake_reply(R"({"accepted": true, "known": true, "work_order": "wo-1"})").answer.reception,
            Reception::known);
  reply = read_intake_reply(R"({"accepted": false, "reason": "full", "retry_after_ms": 5000})");
  EXPECT_EQ(reply.answer.reception, Reception::refused);
  EXPECT_EQ(reply.answer.reason, "full");
  EXPECT_EQ(reply.retry_after_ms, 5000);
  for (const char* garbage : {"", "[]", "{}", R"({"accepted": "yes"})", R"({"retry_after_ms": "soon"})",
                              R"({"retry_after_ms": -5})"}) {
    reply = read_intake_reply(garbage);
    EXPECT_EQ(reply.answer.reception, Reception::refused) << garbage;
    EXPECT_EQ(reply.retry_after_ms, 0) << garbage;
  }
}

TEST(ProductSource, TellsGitUrlsFromPaths) {
  for (const char* url :
       {"https://example.com/a.git", "ssh://git@example.com/a", "git@example.com:a/b.git", "file:///srv/a"})
    EXPECT_TRUE(is_git_url(url)) << url;
  for (const char* path : {".", "/srv/a.git", "config/lines/transport", "../a"})
    EXPECT_FALSE(is_git_url(path)) << path;
}

TEST(ProductSource, SaysHowToGetALineToml) {
  auto scratch = *ScratchFolder::make();
  const auto missing = ProductSource::open(scratch.path());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("tcps line init"), std::string::npos);
  EXPECT_EQ(ProductSource::open(scratch.path() + "/lost").error().code, ErrorCode::not_found);
  std::ofstream(scratch.path() + "/line.toml") << "[line]\nnam = \"x\"\n";
  EXPECT_EQ(ProductSource::open(scratch.path()).error().code, ErrorCode::invalid);
}

TEST(ProductSource, NamesFilesThatLineTomlNamesAndTheRepositoryLacks) {
  auto scratch = *ScratchFolder::make();
  std::ofstream(scratch.path() + "/line.toml")
      << test::smallest_line << "[demand.github]\nfile = \"demand.json\"\n";
  auto source = ProductSource::open(scratch.path());
  ASSERT_TRUE(source.has_value()) << source.error().message;
  const auto problems = missing_files(source->standard_work, source->folder);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("demand.json"), std::string::npos);
  std::ofstream(scratch.path() + "/demand.json") << "[]";
  EXPECT_TRUE(missing_files(source->standard_work, source->folder).empty());
}

TEST(ProductSource, FreezesTheSameFolderToTheSameSnapshot) {
  auto first = ProductSource::open(test::source_folder() + "/config/lines/transport");
  auto second = ProductSource::open(test::source_folder() + "/config/lines/transport");
  ASSERT_TRUE(first->freeze().has_value());
  ASSERT_TRUE(second->freeze().has_value());
  EXPECT_EQ(first->snapshot, second->snapshot);
  EXPECT_FALSE(first->snapshot.empty());
}

}  // namespace
}  // namespace tcps::cli
