// From demand to release through the front door: tcps as a child process, its exit codes and what it prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "actors/ledger/key_value_store.h"
#include "actors/ledger/stored_entry.h"
#include "messages/digest.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
  json document() const { return json::parse(out, nullptr, false); }
  // tcps run --json prints a document per line.
  std::vector<json> lines() const {
    std::vector<json> documents;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);) documents.push_back(json::parse(line, nullptr, false));
    return documents;
  }
  // The value of the last line that has the key.
  json last(const std::string& key) const {
    json found;
    for (const auto& line : lines()) {
      if (line.contains(key)) found = line.at(key);
    }
    return found;
  }
};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

void flip_bit(const fs::path& path, size_t position) {
  auto bytes = contents(path);
  bytes.at(position) = static_cast<char>(bytes.at(position) ^ 1);
  write(path, bytes);
}

// Processes that name the folder in their command line.
std::vector<pid_t> processes_of(const fs::path& folder) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (contents(entry.path() / "cmdline").find(folder.string()) != std::string::npos)
      found.push_back(std::stoi(name));
  }
  return found;
}

bool comes_true(const std::function<bool()>& condition, milliseconds limit) {
  auto until = steady_clock::now() + limit;
  while (!condition()) {
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return true;
}

constexpr const char* hello_line = R"([line]
name = "hello"
title = "Hello"

[demand.customers]
file = "demand.json"

[build]
commands = [["sh", "-c", "mkdir -p out && sed s/NAME/world/ src/hello.in > out/hello && chmod 755 out/hello"]]
outputs = ["out/hello"]
repeat = 2

[test.unit]
framework = "shell"
commands = [["sh", "-c", "test \"$(out/hello)\" = 'hello world'"]]

[[release.files]]
from = "out/hello"
to = "bin/hello"

[release.image]
entrypoint = ["/bin/hello"]

[publish.oci]

[publish.marketplace]

[[verify.smoke]]
name = "says hello"
command = ["sh", "-c", "test \"$(bin/hello)\" = 'hello world'"]
)";

class Run : public ::testing::Test {
 protected:
  void SetUp() override {
    write(repository() / "line.toml", hello_line);
    write(repository() / "src/hello.in", "#!/bin/sh\necho hello NAME\n");
    write(repository() / "demand.json",
          R"([{"signal_id": "req-1", "source": "customers", "type": "request"}])");
  }
  void TearDown() override {
    for (auto pid : processes_of(data())) kill(pid, SIGKILL);
  }

  fs::path repository() const { return fs::path(folder_.path()) / "repository"; }
  fs::path data() const { return fs::path(folder_.path()) / "factory"; }

  Outcome tcps(std::vector<std::string> arguments, seconds limit = seconds(60)) {
    auto name = fs::path(folder_.path()) / ("call-" + std::to_string(++calls_));
    std::vector<std::string> argv = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>'" + name.string() + ".err'",
                                     std::string(TCPS_BINARY_DIR) + "/bin/tcps"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.insert(argv.end(), {"--data", data().string(), "--json"});
    const std::map<std::string, std::string> home = {{"HOME", folder_.path()},
                                                     {"XDG_CONFIG_HOME", folder_.path()}};
    auto child = Child::start(argv, home, name.string() + ".out");
    auto code = child->wait(limit);
    return {code.value_or(-1), contents(name.string() + ".out"), contents(name.string() + ".err")};
  }
  Outcome run(seconds limit = seconds(60)) { return tcps({"run", repository().string()}, limit); }

  json receipts(const std::vector<std::string>& filter = {}) {
    std::vector<std::string> arguments = {"receipt", "list"};
    arguments.insert(arguments.end(), filter.begin(), filter.end());
    auto listed = tcps(arguments).document();
    return listed.is_object() ? listed.value("receipts", json::array()) : json::array();
  }
  json show(const json& receipt) {
    return tcps({"receipt", "show", receipt.at("payload_digest")}).document();
  }
  Bytes envelope_of(const json& receipt) {
    auto envelope = from_base64(show(receipt).value("envelope", ""));
    EXPECT_TRUE(envelope && envelope->size() > 300);
    return envelope.value_or(Bytes());
  }
  fs::path ledger() const { return data() / "lines/hello/ledger"; }

  // The chain is never called good, and the message says what is damaged.
  void expect_damage_is_found(const std::string& named) {
    auto verified = tcps({"receipt", "verify-chain"});
    EXPECT_EQ(verified.exit_code, 1) << verified.out << verified.err;
    EXPECT_THAT(verified.out + verified.err, HasSubstr(named));
    EXPECT_THAT(verified.out, Not(HasSubstr("PASS")));
  }

  TemporaryFolder folder_;
  int calls_ = 0;
};

TEST_F(Run, ReleasesAProductWithoutOntologyAndProvesIt) {
  auto first = run();
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_EQ(first.last("verification").value("verdict", ""), "PASS");
  EXPECT_EQ(first.last("verification").value("receipts", 0), 10);
  EXPECT_EQ(first.last("result").value("status", ""), "done");
  EXPECT_FALSE(contents(data() / "marketplace/hello/1.0.0/hello-1.0.0.tar.gz").empty());
  EXPECT_TRUE(processes_of(data()).empty());

  auto made = receipts();
  ASSERT_EQ(made.size(), 10u) << made;
  const std::set<std::string> knowledge_stages = {"generate", "extract", "render"};
  int seen = 0;
  for (const auto& receipt : made) {
    if (!knowledge_stages.contains(receipt.at("stage"))) continue;
    ++seen;
    auto predicate = show(receipt).at("statement").at("predicate");
    int sections = 0;
    for (const auto& section : predicate) {
      if (!section.is_object() || !section.contains("applicable")) continue;
      ++sections;
      EXPECT_EQ(section.at("applicable"), false) << receipt;
      EXPECT_THAT(section.value("reason", ""), HasSubstr("no knowledge table")) << receipt;
    }
    EXPECT_GE(sections, 1) << predicate;
  }
  EXPECT_EQ(seen, 3);
}

TEST_F(Run, AnswersFromTheDataFolderOfAStoppedFactory) {
  auto made = run();
  ASSERT_EQ(made.exit_code, 0) << made.out << made.err;
  ASSERT_TRUE(processes_of(data()).empty());

  auto verified = tcps({"receipt", "verify-chain"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_EQ(verified.document().value("verdict", ""), "PASS");
  EXPECT_EQ(verified.document().value("root", "r"), made.last("verification").value("root", ""));
  auto orders = tcps({"work-order", "list", "--all"});
  EXPECT_EQ(orders.exit_code, 0) << orders.err;
  ASSERT_EQ(orders.document().at("work_orders").size(), 1u) << orders.out;
  EXPECT_EQ(orders.document()["work_orders"][0].value("status", ""), "done");
  EXPECT_TRUE(tcps({"work-order", "list"}).document().at("work_orders").empty());
  EXPECT_EQ(receipts({"--stage", "build"}).size(), 1u);
  EXPECT_TRUE(receipts({"--status", "failed"}).empty());
  EXPECT_EQ(tcps({"work-order", "show", "wo-00000000000000000000"}).exit_code, 3);
}

TEST_F(Run, TracesAReleasedFileBackToItsDemand) {
  ASSERT_EQ(run().exit_code, 0);
  const auto tarball = data() / "marketplace/hello/1.0.0/hello-1.0.0.tar.gz";
  auto traced = tcps({"ledger", "trace", tarball.string()});
  ASSERT_EQ(traced.exit_code, 0) << traced.err;
  auto origin = traced.document().at("made_by").at(0);
  EXPECT_EQ(origin.at("steps").at(0).at("stage"), "release");
  EXPECT_EQ(origin.at("steps").back().at("kind"), "acceptance");
  EXPECT_EQ(origin.at("demand").value("signal_id", ""), "req-1");
  std::set<std::string> materials;
  for (const auto& one : origin.at("steps").at(0).at("materials")) materials.insert(one.at("name"));
  EXPECT_EQ(materials, (std::set<std::string>{"line.toml", "manifest of test", "repository snapshot"}));
  EXPECT_EQ(tcps({"ledger", "trace", (repository() / "demand.json").string()}).exit_code, 3) << "nobody made it here";
}

TEST_F(Run, RecognisesADemandThatItHasServed) {
  auto first = run();
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  auto second = run();
  ASSERT_EQ(second.exit_code, 0) << second.out << second.err;
  EXPECT_EQ(first.last("answer"), "accepted");
  EXPECT_EQ(second.last("answer"), "known");
  EXPECT_EQ(first.last("result").at("id"), second.last("result").at("id"));
  EXPECT_EQ(tcps({"work-order", "list", "--all"}).document().at("work_orders").size(), 1u);
  EXPECT_EQ(receipts().size(), 10u);
  EXPECT_TRUE(processes_of(data()).empty());
}

class FailedRun : public Run {
 protected:
  // Leaves a factory running whose only work order failed at build.
  void SetUp() override {
    Run::SetUp();
    std::string line = hello_line;
    auto from = line.find("commands = "), to = line.find('\n', from);
    line.replace(from, to - from, R"(commands = [["sh", "-c", "echo no such compiler >&2; exit 3"]])");
    write(repository() / "line.toml", line);
    failed_ = tcps({"run", repository().string(), "--keep"});
    ASSERT_EQ(failed_.exit_code, 1) << failed_.out << failed_.err;
    ASSERT_GE(processes_of(data()).size(), 2u) << "--keep leaves tcpsd and its nats-server";
  }
  json open_calls() {
    auto listed = tcps({"andon", "list"}).document();
    return listed.is_object() ? listed.value("andons", json::array()) : json::array();
  }
  // The call for help of an attempt.
  json call_of_attempt(int attempt) {
    json call;
    EXPECT_TRUE(comes_true(
        [&] {
          auto calls = open_calls();
          if (calls.size() == 1 && calls[0].value("attempt", 0) == attempt) call = calls[0];
          return !call.is_null();
        },
        seconds(30)));
    return call;
  }

  Outcome failed_;
};

TEST_F(FailedRun, CallsForHelpResumesAsTheNextAttemptAndCanBeCancelled) {
  EXPECT_THAT(failed_.out, HasSubstr("\"F6.1\""));
  auto call = call_of_attempt(1);
  ASSERT_TRUE(call.is_object());
  EXPECT_EQ(call.value("mode", ""), "F6.1");
  EXPECT_EQ(call.value("stage", ""), "build");
  EXPECT_THAT(call.value("reason", ""), HasSubstr("no such compiler"));

  auto resumed = tcps({"andon", "resolve", call.at("id"), "--resolution", "tried again"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.out << resumed.err;
  auto again = call_of_attempt(2);
  ASSERT_TRUE(again.is_object());
  auto builds = receipts({"--stage", "build"});
  ASSERT_EQ(builds.size(), 2u) << builds;
  EXPECT_EQ(builds[0].value("attempt", 0), 1);
  EXPECT_EQ(builds[1].value("attempt", 0), 2);
  EXPECT_EQ(receipts({"--stage", "render"}).size(), 1u) << "stages that passed do not run again";

  auto cancelled = tcps(
      {"andon", "resolve", again.at("id"), "--resolution", "not to be built", "--disposition", "cancel"});
  ASSERT_EQ(cancelled.exit_code, 0) << cancelled.out << cancelled.err;
  EXPECT_EQ(tcps({"work-order", "show", again.at("work_order")}).document().value("status", ""), "cancelled");
  EXPECT_TRUE(open_calls().empty());

  kill(json::parse(contents(data() / "factory.json")).at("pid").get<pid_t>(), SIGTERM);
  EXPECT_TRUE(comes_true([&] { return processes_of(data()).empty(); }, seconds(20)));
  auto verified = tcps({"receipt", "verify-chain"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_EQ(verified.document().value("verdict", ""), "PASS") << "a failed work order is a good chain too";
}

TEST_F(Run, AByteDamagedOnDiskIsFoundByVerifyChain) {
  ASSERT_EQ(run().exit_code, 0);
  auto envelope = envelope_of(receipts({"--stage", "build"}).at(0));
  bool damaged = false;
  for (const auto& file : fs::directory_iterator(ledger())) {
    auto at = contents(file.path()).find(envelope);
    if (at == std::string::npos || damaged) continue;
    flip_bit(file.path(), at + envelope.size() / 2);
    damaged = true;
  }
  ASSERT_TRUE(damaged) << "no file of the ledger holds the receipt";
  expect_damage_is_found(ledger().string());
}

// Every checksum of the store is made right again: only signatures and hashes can tell.
TEST_F(Run, AReceiptForgedThroughTheStoreIsFoundByVerifyChain) {
  ASSERT_EQ(run().exit_code, 0);
  auto receipt = receipts({"--stage", "build"}).at(0);
  auto envelope = envelope_of(receipt);
  {
    auto store = ledger::open_key_value_store({.folder = ledger().string()});
    ASSERT_TRUE(store) << store.error().message;
    ledger::WriteGroup change;
    auto scanned = (*store)->scan(ledger::Table::entries, {}, [&](BytesView key, BytesView value) {
      if (value.find(envelope) == BytesView::npos) return true;
      auto entry = ledger::decode_entry(receipt.at("index"), value);
      if (!entry) return false;
      auto& letter = entry->mutable_envelope()->at(envelope.size() / 2);
      letter = letter == 'A' ? 'B' : 'A';
      change.put(ledger::Table::entries, Bytes(key), ledger::encode_entry(*entry));
      return false;
    });
    ASSERT_TRUE(scanned) << scanned.error().message;
    ASSERT_EQ(change.size(), 1u);
    ASSERT_TRUE((*store)->write(change));
  }
  expect_damage_is_found("entry " + std::to_string(receipt.at("index").get<int>()));
}

TEST_F(Run, ReleasesTheTransportLineWithTheTransportsOfItsOntology) {
  fs::copy(fs::path(TCPS_SOURCE_DIR) / "config/lines/transport", repository(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  for (const auto* unasked : {"marketplace/installs.json", "github/issues.json", "security/cves.json"}) {
    write(repository() / "demand" / unasked, R"({"timestamp": "2026-01-26T10:00:00Z", "signals": []})");
  }
  auto made = run(seconds(500));
  ASSERT_EQ(made.exit_code, 0) << made.out << made.err;
  EXPECT_EQ(made.last("verification").value("verdict", ""), "PASS");
  EXPECT_EQ(made.last("verification").value("work_orders", 0), 1);

  auto listing = data() / "marketplace/message-transport/1.0.0";
  auto listed = fs::path(folder_.path()) / "transports.txt";
  auto unpack = "cd '" + folder_.path() + "' && tar -xzf '" + listing.string() +
                "/message-transport-1.0.0.tar.gz' && exec bin/transport-server --list-transports";
  auto child = Child::start({"/bin/sh", "-c", unpack}, {}, listed);
  EXPECT_EQ(child->wait(seconds(30)).value_or(-1), 0) << contents(listed);
  for (const auto* transport : {"\nstdio ", "\ntcp ", "\ntcp-length "}) {
    EXPECT_THAT("\n" + contents(listed), HasSubstr(transport));
  }
  EXPECT_TRUE(processes_of(data()).empty());
}

}  // namespace
}  // namespace tcps::test
