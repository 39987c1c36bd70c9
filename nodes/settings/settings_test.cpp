// tcpsd.toml, the keys of a node, and its data folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "actors/line/fold/line_state.h"
#include "messages/proto/line.pb.h"
#include "messages/vocabulary.h"
#include "nodes/settings/config.h"
#include "nodes/settings/data_folder.h"
#include "nodes/settings/identity.h"
#include "tests/support/temporary_folder.h"

namespace tcps::node {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

// ---- configuration

const std::string least = "[node]\nid = \"n-1\"\ndata = \"/d\"\n[[line]]\nname = \"glue\"\n";

std::string problems(const std::string& text) {
  auto parsed = NodeConfig::parse(text, "t.toml");
  return parsed ? std::string() : parsed.error().message;
}

TEST(NodeConfig, FillsInWhatIsNotSaid) {
  auto config = NodeConfig::parse(least, "t.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->id.str(), "n-1");
  EXPECT_EQ(config->ack_wait, std::chrono::seconds(30));
  ASSERT_EQ(config->lines.size(), 1u);
  EXPECT_EQ(config->lines[0].stages.size(), all_stages.size());
  EXPECT_EQ(config->lines[0].pools, std::vector<std::string>{"any"});
  EXPECT_FALSE(config->lines[0].found);
}

TEST(NodeConfig, PinsTheKeysOfReplicas) {
  const auto key = PrivateKey::generate().public_key();
  auto config = NodeConfig::parse(least + "checkpoint_keys = [\"n-2=" + key.base64() + "\"]\n", "t.toml");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->lines[0].checkpoint_keys.size(), 1u);
  EXPECT_EQ(config->lines[0].checkpoint_keys[0].node.str(), "n-2");
  EXPECT_EQ(config->lines[0].checkpoint_keys[0].key, key);
  for (const char* wrong : {"n-2", "n-2=", "=AAAA", "n-2=AAAA", "N=AAAA"})
    EXPECT_THAT(problems(least + "checkpoint_keys = [\"" + wrong + "\"]\n"),
                HasSubstr("line.checkpoint_keys: '" + std::string(wrong) + "' is not"))
        << wrong;
}

TEST(NodeConfig, ReadsWhatIsSaid) {
  auto genesis = Digest::of("g").to_string();
  auto config = NodeConfig::parse(
      "[node]\nid = \"n-1\"\ndata = \"/d\"\nthreads = 3\nlog_level = \"warn\"\n[bus]\nurl = \"nats://h:1\"\n"
      "stream_mib = 64\nack_wait_ms = 500\n[ledger]\ncheckpoint_interval_ms = 10\n[[line]]\nname = \"a\"\n"
      "found = true\nstages = [\"build\"]\npools = [\"arm\", \"any\"]\ngenesis = \"" +
          genesis + "\"\n[[line]]\nname = \"b\"\n",
      "t.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->threads, 3u);
  EXPECT_EQ(config->bus_url, "nats://h:1");
  EXPECT_EQ(config->stream_bytes_max, 64ull << 20);
  EXPECT_EQ(config->checkpoint_interval.count(), 10);
  ASSERT_EQ(config->lines.size(), 2u);
  EXPECT_EQ(config->lines[0].stages, std::vector{Stage::build});
  EXPECT_EQ(config->lines[0].pools, (std::vector<std::string>{"arm", "any"}));
  EXPECT_EQ(config->lines[0].genesis, genesis);
}

TEST(NodeConfig, RefusesWhatItDoesNotKnowByFileLineAndKey) {
  struct Row {
    const char* text;  // before the least configuration's [[line]]
    const char* reason;
  };
  const Row rows[] = {
      {"colour = 3\n", "t.toml:4: node.colour: unknown key"},
      {"[bus]\nurl = 3\n", "t.toml:5: bus.url: must be a text"},
      {"[bus]\nreplicas = 6\n", "t.toml:5: bus.replicas: must be 1-5"},
      {"[bus]\nreplicas = 0\n", "must be 1-5"},
      {"[bus]\nreplicas = 1.0\n", "must be a whole number"},
      {"[bus]\nreplicas = \"1\"\n", "must be a whole number"},
      {"[bus]\nack_wait_ms = 499\n", "must be 500-600000"},
      {"[bus.tls]\nca = \"x\"\n", "bus.tls: unknown key"},
      {"[buss]\nurl = \"\"\n", "t.toml:4: buss: unknown key"},
      {"log_level = \"loud\"\n", "t.toml:4: node.log_level: must be trace, debug, info, warn or error"},
      {"log_level = 3\n", "must be a text"},
  };
  for (const auto& row : rows) {
    auto text =
        std::string("[node]\nid = \"n-1\"\ndata = \"/d\"\n") + row.text + "[[line]]\nname = \"glue\"\n";
    EXPECT_THAT(problems(text), HasSubstr(row.reason)) << row.text;
  }
}

TEST(NodeConfig, ChecksEachLine) {
  struct Row {
    const char* text;  // after the least configuration
    const char* reason;
  };
  const Row rows[] = {
      {"stages = [\"paint\"]\n", "line.stages"},
      {"stages = \"build\"\n", "must be a list"},
      {"stages = [1]\n", "must be a list"},
      {"pools = [\"No Pool\"]\n", "line.pools"},
      {"genesis = \"x\"\n", "line.genesis: is not a digest"},
      {"found = 1\n", "must be true or false"},
      {"wip = 1\n", "t.toml:6: line.wip: unknown key"},
      {"[[line]]\n", "line.name"},
      {"[[line]]\nname = \"glue\"\n", "'glue' is named twice"},
  };
  for (const auto& row : rows) EXPECT_THAT(problems(least + row.text), HasSubstr(row.reason)) << row.text;
}

TEST(NodeConfig, TellsAllProblemsAtOnce) {
  auto all = problems("a = 1\n[bus]\nreplicas = 9\n");
  for (const char* part : {"a: unknown key", "bus.replicas", "node.id: is missing", "node.data: is missing",
                           "line: is missing"}) {
    EXPECT_THAT(all, HasSubstr(part));
  }
  EXPECT_THAT(problems("[node\n"), HasSubstr("t.toml:1:"));
  EXPECT_THAT(problems("[node]\nid = \"No\"\ndata = \"d\"\n[line]\nname = \"glue\"\n"),
              HasSubstr("[[line]]"));
  EXPECT_EQ(NodeConfig::load("/nowhere/at/all.toml").error().code, ErrorCode::not_found);
}

// Every key of the help, with its default where it has one, is a configuration that means the same as saying
// nothing.
TEST(NodeConfig, HelpsWithItsTrueDefaults) {
  std::map<std::string, std::string> sections{{"node", "[node]\n"}, {"line", "[[line]]\n"}};
  std::istringstream help(describe_config_keys());
  size_t count = 0;
  for (std::string path, word, value, rest; help >> path >> word >> value; ++count) {
    std::getline(help, rest);
    ASSERT_EQ(word, "default");
    auto dot = path.find('.');
    auto section = path.substr(0, dot);
    auto& text = sections.emplace(section, "[" + section + "]\n").first->second;
    if (path == "line.name") value = "glue";
    if (path == "node.id") value = "n-1";
    if (path == "node.data") value = "/d";
    bool bare = value == "false" || value.front() == '[' || value.front() == '"' ||
                (std::all_of(value.begin(), value.end(), ::isdigit) && !value.empty());
    text += path.substr(dot + 1) + " = " + (bare ? value : "\"" + value + "\"") + "\n";
  }
  EXPECT_EQ(count, 29u);
  auto line = std::move(sections.extract("line").mapped());
  std::string text;
  for (const auto& [name, section] : sections) text += section;
  auto said = NodeConfig::parse(text + line, "t.toml");
  ASSERT_TRUE(said) << said.error().message;
  auto silent = NodeConfig::parse(least, "t.toml").value();
  EXPECT_TRUE(*said == silent);
}

// ---- identity

TEST(Identity, MakesAKeyOnceAndKeepsItPrivate) {
  TemporaryFolder folder;
  auto made = load_or_make_key(folder.path(), "node");
  ASSERT_TRUE(made);
  auto loaded = load_or_make_key(folder.path(), "node");
  ASSERT_TRUE(loaded);
  EXPECT_EQ((*made)->public_key(), (*loaded)->public_key());
  EXPECT_FALSE((*load_or_make_key(folder.path(), "operator"))->public_key() == (*made)->public_key());
  auto path = folder.path() + "/keys/node.pem";
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(load_or_make_key(folder.path(), "node").error().code, ErrorCode::refused);
}

TEST(Identity, LetsANodesKeyActInEveryRoleOfANode) {
  auto node = PrivateKey::generate().public_key();
  auto entry = node_key_entry(NodeId::literal("n-1"), node);
  EXPECT_EQ(entry.key_id(), node.id().to_string());
  EXPECT_EQ(entry.public_key(), node.base64());
  EXPECT_EQ(entry.owner(), "n-1");
  const std::set<Role> of_people = {Role::root, Role::operator_};
  for (const auto& row : Vocabulary<Role>::rows)
    EXPECT_EQ(has_role(entry, row.value), !of_people.contains(row.value)) << row.text;
}

TEST(Identity, FoundsALogThatTheFoldAdmits) {
  auto line_name = LineName::literal("glue");
  auto node = PrivateKey::generate();
  auto person = PrivateKey::generate();
  auto genesis = make_genesis(line_name, NodeId::literal("n-1"), node.public_key(), person, 1'000);
  ASSERT_TRUE(genesis);
  auto message = LineMessage::decode(*genesis).value();
  line::LineState state(line_name);
  auto verdict = state.apply(1, *subject_of(line_name, message.predicate), message);
  ASSERT_TRUE(verdict.admitted) << verdict.reason;
  const auto* of_node = state.keys().find(node.public_key().id().to_string());
  const auto* of_person = state.keys().find(person.public_key().id().to_string());
  ASSERT_NE(of_node, nullptr);
  ASSERT_NE(of_person, nullptr);
  EXPECT_EQ(of_node->owner, "n-1");
  EXPECT_TRUE(of_node->may_work(Stage::build, "any"));
  EXPECT_FALSE(of_node->has(Role::operator_));
  EXPECT_FALSE(of_node->has(Role::root));
  EXPECT_TRUE(of_person->has(Role::root));
  EXPECT_FALSE(of_person->has(Role::station));
}

// ---- data folder

TEST(DataFolder, IsLockedByOneAtATime) {
  TemporaryFolder folder;
  auto path = folder.path() + "/deep/data";
  auto first = DataFolder::lock(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(DataFolder::lock(path).error().code, ErrorCode::conflict);
  first->reset();
  EXPECT_TRUE(DataFolder::lock(path));
}

TEST(DataFolder, AnnouncesTheNodeWhileItRuns) {
  TemporaryFolder folder;
  auto data = DataFolder::lock(folder.path()).value();
  ASSERT_TRUE(data->announce({{"pid", 1}}));
  ASSERT_TRUE(data->announce({{"pid", 2}}));
  std::ifstream file(folder.path() + "/factory.json");
  EXPECT_EQ(nlohmann::json::parse(file).at("pid"), 2);
  data.reset();
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/factory.json"));
}

}  // namespace
}  // namespace tcps::node
