#include "nodes/client/context.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/temporary_folder.h"

namespace tcps::client {
namespace {

class Variables {
 public:
  Variables(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}
  const char* operator()(const char* name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : found->second.c_str();
  }

 private:
  std::map<std::string, std::string> values_;
};

ContextFile two_contexts() {
  ContextFile file;
  file.current = "here";
  file.contexts["here"].data = "/data/here";
  file.contexts["here"].line = "transport";
  file.contexts["far"].bus_url = "nats://far:4222";
  file.contexts["far"].operator_key = "/keys/far.pem";
  return file;
}

TEST(Resolve, PrefersOptionsThenEnvironmentThenFileThenDefault) {
  struct Case {
    CommonOptions options;
    Variables environment;
    bool with_file;
    std::string data, bus;
  };
  const Case cases[] = {
      {{"", "/opt", ""}, {{"TCPS_DATA", "/env"}, {"TCPS_CONTEXT", "far"}}, true, "/opt", ""},
      {{"far", "", ""}, {{"TCPS_DATA", "/env"}}, true, "", "nats://far:4222"},
      {{"far", "/opt", ""}, {}, true, "/opt", ""},
      {{"", "", ""}, {{"TCPS_DATA", "/env"}}, true, "/env", ""},
      {{"", "", ""}, {{"TCPS_CONTEXT", "far"}}, true, "", "nats://far:4222"},
      {{"", "", ""}, {}, true, "/data/here", ""},
      {{"", "", ""}, {{"HOME", "/home/ann"}}, false, "/home/ann/.local/share/tcps", ""},
      {{"", "", ""}, {{"HOME", "/home/ann"}, {"XDG_DATA_HOME", "/xdg"}}, false, "/xdg/tcps", ""},
  };
  for (const Case& one : cases) {
    const auto context =
        resolve(one.options, one.environment, one.with_file ? two_contexts() : ContextFile{});
    ASSERT_TRUE(context.has_value()) << context.error().message;
    EXPECT_EQ(context->data, one.data);
    EXPECT_EQ(context->bus_url, one.bus);
  }
}

TEST(Resolve, TakesTheLineOfTheContextUnlessOneIsNamed) {
  EXPECT_EQ(resolve({"here", "", ""}, Variables{}, two_contexts())->line, "transport");
  EXPECT_EQ(resolve({"here", "", "other"}, Variables{}, two_contexts())->line, "other");
}

TEST(Resolve, NamesAContextThatIsNotThere) {
  const auto context = resolve({"lost", "", ""}, Variables{}, two_contexts());
  ASSERT_FALSE(context.has_value());
  EXPECT_EQ(context.error().code, ErrorCode::not_found);
  EXPECT_NE(context.error().message.find("'lost'"), std::string::npos);
}

TEST(Resolve, MakesTheDataFolderAbsolute) {
  const auto context = resolve({"", "some/../folder", ""}, Variables{}, {});
  EXPECT_EQ(context->data, (std::filesystem::current_path() / "folder").string());
}

TEST(ContextFile, ReadsWhatItWrites) {
  auto file = two_contexts();
  file.contexts["odd"].data = "/a \"b\"\\c\n";
  const auto read = ContextFile::parse(file.format(), "contexts.toml");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->current, "here");
  EXPECT_EQ(read->contexts.at("odd").data, "/a \"b\"\\c\n");
  EXPECT_EQ(read->contexts.at("far").operator_key, "/keys/far.pem");
  EXPECT_EQ(read->format(), file.format());
}

TEST(ContextFile, NamesFileLineAndKeyOfWhatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"\n\n[contexts.a]\ndatta = \"x\"\n", "c.toml:4"},
      {"[contexts.a]\ndata = 5\n", "c.toml:2"},
      {"other = 1\n", "c.toml:1"},
      {"[contexts.\"A b\"]\n", "c.toml:1"},
      {"current = \n", "c.toml:1"},
  };
  for (const auto& [text, place] : wrong) {
    const auto file = ContextFile::parse(text, "c.toml");
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_NE(file.error().message.find(place), std::string::npos) << file.error().message;
  }
}

TEST(ContextFile, IsEmptyWhenThereIsNoneAndSavedWhole) {
  const test::TemporaryFolder scratch;
  const std::string path = scratch.path() + "/deep/contexts.toml";
  EXPECT_TRUE(ContextFile::load(path)->contexts.empty());
  ASSERT_TRUE(two_contexts().save(path).has_value());
  EXPECT_EQ(ContextFile::load(path)->contexts.size(), 2u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path() + "/deep"), {}), 1);
}

constexpr const char* announced =
    R"({"pid": 77, "node": "node-1", "bus_url": "nats://127.0.0.1:4000", "lines": [{"name": "a", "genesis": "g"}, {"name": "b"}],
        "operator_key": "/k.pem", "registry": null, "marketplace": "/m", "version": "0.1.0", "ready": true})";

TEST(RunningFactory, IsFoundWhileItsProcessLives) {
  const test::TemporaryFolder scratch;
  EXPECT_FALSE(running_factory(scratch.path(), [](int64_t) { return true; }));
  std::ofstream(scratch.path() + "/factory.json") << announced;
  const auto factory = running_factory(scratch.path(), [](int64_t pid) { return pid == 77; });
  ASSERT_TRUE(factory.has_value());
  EXPECT_EQ(factory->bus_url, "nats://127.0.0.1:4000");
  EXPECT_EQ(factory->lines, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(factory->registry, "");
  EXPECT_EQ(factory->marketplace, "/m");
  EXPECT_TRUE(factory->ready);
  EXPECT_FALSE(running_factory(scratch.path(), [](int64_t) { return false; }));
}

TEST(RunningFactory, IsNotReadFromGarbage) {
  for (const char* text : {"", "[]", "{}", R"({"pid": "1"})", "{\"pid\": 1"})
    EXPECT_FALSE(RunningFactory::parse(text)) << text;
}

TEST(RunningFactory, IsNotTakenForAnotherProcessOfItsNumber) {
  EXPECT_FALSE(is_running_tcpsd(getpid()));  // this is a test, not tcpsd
  EXPECT_FALSE(is_running_tcpsd(0));
  EXPECT_FALSE(is_running_tcpsd(-1));
}

TEST(RunningFactory, IsNotAKilledOneThatNobodyAskedAfter) {
  int named[2];
  ASSERT_EQ(pipe(named), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    prctl(PR_SET_NAME, "tcpsd");
    if (write(named[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  ASSERT_EQ(read(named[0], &byte, 1), 1);
  EXPECT_TRUE(is_running_tcpsd(child));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(kill(child, 0), 0) << "it is a zombie";
  EXPECT_FALSE(is_running_tcpsd(child));
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(is_running_tcpsd(child));
  close(named[0]);
  close(named[1]);
}

TEST(ChooseLine, TakesTheOnlyOneAndAsksWhenThereAreSeveral) {
  EXPECT_EQ(*choose_line("", {"a"}), "a");
  EXPECT_EQ(*choose_line("b", {"a", "b"}), "b");
  EXPECT_EQ(choose_line("", {"a", "b"}).error().code, ErrorCode::invalid);
  EXPECT_EQ(choose_line("", {}).error().code, ErrorCode::not_found);
  EXPECT_NE(choose_line("c", {"a", "b"}).error().message.find("a, b"), std::string::npos);
}

}  // namespace
}  // namespace tcps::client
