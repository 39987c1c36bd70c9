// The bus loses what it had acknowledged: the ledgers know better, and the line goes on in the next epoch.
#include <gtest/gtest.h>

#include <fstream>

#include "actors/ledger/tlog/outside_checkpoint.h"
#include "tests/chaos/certified_log.h"
#include "tests/chaos/replicas.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;
namespace fs = std::filesystem;

struct LostBus : ::testing::TestWithParam<size_t> {
  // Stops the server and puts what `older` holds in its store's place.
  void roll_back(Replicas& line, const std::string& older) {
    line.server->stop();
    fs::remove_all(line.nats_store() + "/jetstream");
    if (!older.empty())
      fs::copy(older + "/jetstream", line.nats_store() + "/jetstream", fs::copy_options::recursive);
    ASSERT_TRUE(line.server->start_again());
  }
  void copy_store(Replicas& line, const std::string& to) {
    line.server->stop();
    fs::create_directories(to);
    fs::copy(line.nats_store() + "/jetstream", to + "/jetstream", fs::copy_options::recursive);
    ASSERT_TRUE(line.server->start_again());
  }
  void expect_epoch(Replicas& line, uint32_t epoch) {
    EXPECT_TRUE(line.wait_until([&] { return line.person->ask("status").value("epoch", 0u) == epoch; }))
        << line.person->ask("status").dump() << line.logs();
  }
  std::vector<size_t> all() const {
    std::vector<size_t> indexes(GetParam());
    for (size_t i = 0; i < indexes.size(); ++i) indexes[i] = i;
    return indexes;
  }
};

TEST_P(LostBus, RolledBackToAnOlderCopyIsLeftForTheNextEpochAndNoStageIsDoneAgain) {
  Replicas line;
  ASSERT_NO_FATAL_FAILURE(line.start(GetParam()));
  ASSERT_NO_FATAL_FAILURE(line.demand("before", 3));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  const auto older = line.folder.path() + "/older";
  ASSERT_NO_FATAL_FAILURE(copy_store(line, older));
  ASSERT_NO_FATAL_FAILURE(line.demand("between", 5));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  ASSERT_NO_FATAL_FAILURE(line.demand("open", 5));  // on their way while the bus goes
  ASSERT_NO_FATAL_FAILURE(roll_back(line, older));
  expect_epoch(line, 2);
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  ASSERT_NO_FATAL_FAILURE(line.demand("after", 3));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  line.expect_one_receipt_per_stage();
  EXPECT_TRUE(line.wait_until([&] { return line.agree(all()); })) << line.logs();

  // And once more, by nodes that find it at their start.
  for (auto& node : line.nodes) node.reset();
  ASSERT_NO_FATAL_FAILURE(roll_back(line, older));
  for (size_t i : all()) line.nodes[i] = NodeProcess::start(line.options[i]);
  for (size_t i : all()) ASSERT_TRUE(line.nodes[i]->wait_ready());
  expect_epoch(line, 3);
  ASSERT_NO_FATAL_FAILURE(line.demand("again", 2));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  line.expect_one_receipt_per_stage();
}

TEST_P(LostBus, EmptiedIsFilledFromTheLedgersAndNothingAcceptedIsLost) {
  Replicas line;
  ASSERT_NO_FATAL_FAILURE(line.start(GetParam()));
  ASSERT_NO_FATAL_FAILURE(line.demand("before", 5));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  ASSERT_NO_FATAL_FAILURE(roll_back(line, ""));
  expect_epoch(line, 2);
  line.expect_one_receipt_per_stage();
  ASSERT_TRUE(line.person->publish_product(null_line("chaos")));  // objects are lost with the bus
  EXPECT_EQ(line.person->demand("before-0").value("status", ""), "done") << "known, and not done again";
}

TEST(LostBusWithoutAMajority, IsLeftByAPersonsDecisionOnly) {
  Replicas line;
  line.extra_toml = "replica_silence_ms = 2000";
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  ASSERT_NO_FATAL_FAILURE(line.demand("before", 3));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  ASSERT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
  line.nodes[1].reset();
  line.nodes[2].reset();
  line.server->stop();
  fs::remove_all(line.nats_store() + "/jetstream");
  ASSERT_TRUE(line.server->start_again());
  ASSERT_TRUE(line.wait_until([&] {
    return line.nodes[0]->log().find("1 of 3 replicas are halted") != std::string::npos;
  })) << line.logs();

  const auto said = line.folder.path() + "/status.json";
  const auto ask_status = [&] {
    fs::remove(said);  // a child's output goes to its end
    auto status =
        Child::start({program("tcps"), "status", "--json", "--data", line.options[0].data_folder}, {}, said);
    const auto code = status->wait(seconds(60));
    std::ifstream file(said);
    auto told = nlohmann::json::parse(file, nullptr, false);
    return code == 4 && told.is_object() ? told : nlohmann::json::object();
  };
  auto halted = ask_status();
  EXPECT_TRUE(halted.value("halted", false)) << halted;
  EXPECT_NE(halted.value("reason", "").find("1 of 3 replicas are halted"), std::string::npos) << halted;

  // The same of a node that comes up while the line is halted: it is found, though it is not ready.
  line.kill_node(0);
  line.nodes[0] = NodeProcess::start(line.options[0]);
  EXPECT_TRUE(line.wait_until([&] { return (halted = ask_status()).value("halted", false); }))
      << halted << line.logs();
  EXPECT_NE(halted.value("reason", "").find("1 of 3 replicas are halted"), std::string::npos) << halted;
  EXPECT_NE(halted.value("remedy", "").find("tcps ledger refeed"), std::string::npos) << halted;

  const auto refeed = [&](std::vector<std::string> more) {
    std::vector<std::string> argv = {test::programs_folder() + "/bin/tcps",
                                     "ledger",
                                     "refeed",
                                     "--data",
                                     line.options[0].data_folder,
                                     "--bus",
                                     line.server->url(),
                                     "--operator-key",
                                     line.options[0].data_folder + "/keys/operator.pem"};
    argv.insert(argv.end(), more.begin(), more.end());
    auto child = Child::start(argv, {}, line.folder.path() + "/refeed.log");
    return child->wait(seconds(20)).value_or(-1);
  };
  EXPECT_EQ(refeed({}), 5) << "it says what is given up, and wants --yes";
  EXPECT_EQ(refeed({"--yes"}), 0);
  EXPECT_TRUE(line.wait_until([&] { return line.person->ask("status").value("epoch", 0u) == 2; }))
      << line.logs();
  EXPECT_EQ(refeed({"--yes"}), 5) << "nothing is lost any more";
  ASSERT_TRUE(line.person->publish_product(null_line("chaos")));
  ASSERT_NO_FATAL_FAILURE(line.demand("after", 2));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done()) << "once the dead replicas are ejected";
  line.expect_one_receipt_per_stage();
}

// One replica alone follows the stream's end; then the bus is lost, and the other two go on without it.
struct LostBusAndAnAbsentReplica : ::testing::Test {
  size_t supervisor() {
    const auto roles = line.person->ask("status").value("roles", nlohmann::json::object());
    const auto holder = roles.value("supervisor", nlohmann::json::object()).value("node", "");
    for (size_t i = 0; i < 3; ++i) {
      if (line.options[i].id == holder) return i;
    }
    return 3;
  }
  // True once the replica has signed a head beyond what is certified: the supervisor's node proposes.
  bool has_signed_its_tail() {
    const auto word = tlog::read_last_word(line.line_folder(lone));
    return word && *word && (*word)->checkpoint.size > line.certified().back().checkpoint.size;
  }
  void start_and_leave_alone(bool the_proposer) {
    ASSERT_NO_FATAL_FAILURE(line.start(3));
    ASSERT_NO_FATAL_FAILURE(line.demand("before", 3));
    ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
    ASSERT_TRUE(line.wait_until([&] { return supervisor() < 3 && line.agree({0, 1, 2}); })) << line.logs();
    lone = the_proposer ? supervisor() : (supervisor() + 1) % 3;
    for (size_t i : others()) line.kill_node(i);
    ASSERT_NO_FATAL_FAILURE(line.demand("alone", 2));
    proto::WipChanged wip;
    wip.set_wip_limit(5);
    ASSERT_TRUE(line.person->decide(wip));
    const auto alone = line.state(lone);
    ASSERT_TRUE(alone && alone->certificate);
    EXPECT_GE(alone->head.size, alone->certificate->checkpoint.size + 3) << "two acceptances and a decision";
  }
  void go_on_without_it() {
    line.kill_node(lone);
    line.server->stop();
    fs::remove_all(line.nats_store() + "/jetstream");
    ASSERT_TRUE(line.server->start_again());
    for (size_t i : others()) line.nodes[i] = NodeProcess::start(line.options[i]);
    for (size_t i : others()) ASSERT_TRUE(line.nodes[i]->wait_ready());
    EXPECT_TRUE(line.wait_until([&] { return line.person->ask("status").value("epoch", 0u) == 2u; }))
        << line.logs();
    EXPECT_NE(line.person->ask("status").value("wip_limit", 0u), 5u);
    ASSERT_TRUE(line.person->publish_product(null_line("chaos")));  // objects are lost with the bus
  }
  void expect_one_log_and_all_done() {
    ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
    EXPECT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
    line.expect_one_receipt_per_stage();
    line.nodes.clear();
    for (size_t i : {0, 1, 2}) expect_holds_certified(line.line_folder(i), line.certified());
  }
  std::vector<size_t> others() const { return {(lone + 1) % 3, (lone + 2) % 3}; }

  Replicas line;
  size_t lone = 0;
};

TEST_F(LostBusAndAnAbsentReplica, WhatItAloneHeldIsCutOffAndPublishedAgain) {
  ASSERT_NO_FATAL_FAILURE(start_and_leave_alone(false));
  ASSERT_NO_FATAL_FAILURE(go_on_without_it());
  ASSERT_NO_FATAL_FAILURE(line.start_node(lone));
  EXPECT_NE(line.nodes[lone]->log().find("are not in the new epoch: they are published again"),
            std::string::npos)
      << line.nodes[lone]->log();
  EXPECT_TRUE(
      line.wait_until([&] { return line.person->ask("status").value("wip_limit", 0u) == 5; }, seconds(20)))
      << line.person->ask("status").dump();
  expect_one_log_and_all_done();
}

TEST_F(LostBusAndAnAbsentReplica, WhatItHadSignedItCutsOffForNobodyAndComesBackWithAnotherKey) {
  ASSERT_NO_FATAL_FAILURE(start_and_leave_alone(true));
  ASSERT_TRUE(line.wait_until([&] { return has_signed_its_tail(); }, seconds(20))) << line.logs();
  ASSERT_NO_FATAL_FAILURE(go_on_without_it());
  line.nodes[lone] = NodeProcess::start(line.options[lone]);
  EXPECT_EQ(line.nodes[lone]->child().wait(seconds(30)), 69) << line.nodes[lone]->log();
  EXPECT_NE(line.nodes[lone]->log().find("it truncates nothing that it vouched for"), std::string::npos);

  proto::KeyRevoked revoked;
  revoked.set_key_id(line.nodes[lone]->key_entry()["key_id"]);
  ASSERT_TRUE(line.person->decide(revoked));
  fs::remove_all(line.line_folder(lone));
  fs::remove(line.options[lone].data_folder + "/keys/node.pem");
  ASSERT_NO_FATAL_FAILURE(line.start_node(lone));
  ASSERT_NO_FATAL_FAILURE(line.add_key(lone));
  line.work_orders.clear();
  ASSERT_NO_FATAL_FAILURE(line.demand("alone", 2)) << "what it alone had accepted is asked for again";
  expect_one_log_and_all_done();
}

INSTANTIATE_TEST_SUITE_P(With, LostBus, ::testing::Values(1, 3), [](const auto& info) {
  return info.param == 1 ? std::string("OneReplica") : std::string("ThreeReplicas");
});

}  // namespace
}  // namespace tcps::test
