// From demand to release through the front door.
#include <set>

#include "actors/ledger/chain/stored_entry.h"
#include "actors/ledger/store/key_value/key_value_store.h"
#include "messages/digest.h"
#include "tests/features/front_door_fixture.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

void flip_bit(const fs::path& path, size_t position) {
  auto bytes = contents(path);
  bytes.at(position) = static_cast<char>(bytes.at(position) ^ 1);
  write(path, bytes);
}

class Run : public Commands {
 protected:
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
};

TEST_F(Run, SaysWhyACardWaitsAndGoesOnWhereItCan) {
  // A user namespace that may hold no other: the kernel refuses every sandbox below it.
  wrapper_ = {"unshare",
              "--user",
              "--map-user=1000",
              "--map-group=1000",
              "--keep-caps",
              "sh",
              "-c",
              "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$0\" \"$@\""};
  auto waited = tcps({"run", repository().string(), "--timeout", "6"});
  EXPECT_EQ(waited.exit_code, 6) << waited.out << waited.err;
  size_t told = 0;
  for (const auto& line : waited.lines()) {
    const auto what = line.value("what", "");
    if (what.find("waits at ") == std::string::npos) continue;
    ++told;
    EXPECT_EQ(line.value("stage", ""), "pull");
    EXPECT_THAT(what, HasSubstr("no sandbox can be made"));
    EXPECT_THAT(what, HasSubstr("allow user namespaces")) << "the remedy";
  }
  EXPECT_EQ(told, 1u) << waited.out;

  wrapper_.clear();
  auto done = run();
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  EXPECT_EQ(done.last("verification").value("receipts", 0), 10) << "the same work order, nothing made twice";
}

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
  EXPECT_EQ(tcps({"ledger", "trace", (repository() / "demand.json").string()}).exit_code, 3)
      << "nobody made it here";
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

  ASSERT_EQ(tcps({"andon", "trigger", "--stage", "test", "--reason", "the rig is wet"}).exit_code, 0);
  const auto stopped = tcps({"status"}).document();
  ASSERT_EQ(stopped.at("stops").size(), 1u) << stopped;
  EXPECT_EQ(stopped["stops"][0].value("what", ""), "test");
  EXPECT_EQ(stopped["stops"][0].value("reason", ""), "the rig is wet");
  const auto remedy = "tcps andon resolve " + stopped["stops"][0].value("andon", "");
  EXPECT_THAT(stopped["stops"][0].value("remedy", ""), HasSubstr(remedy));

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
  fs::copy(fs::path(test::source_folder()) / "config/lines/transport", repository(),
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
