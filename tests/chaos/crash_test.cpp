// kill -9 is a test: a node that dies at any point of a card's life, alone or beside another, leaves one
// outcome per stage.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <thread>

#include "bus/nats/nats_server.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;

// Ten completed receipts, one of each stage, all of attempt 1, and a chain that verifies.
void expect_one_receipt_per_stage(Operator& person, const std::string& work_order) {
  auto reply = person.ask("receipts", {{"work_order", work_order}});
  ASSERT_TRUE(reply.contains("receipts")) << reply.dump();
  std::map<std::string, int> by_stage;
  for (const auto& receipt : reply["receipts"]) {
    EXPECT_EQ(receipt["status"], "completed") << receipt.dump();
    ++by_stage[receipt["stage"]];
  }
  for (auto stage : all_stages)
    EXPECT_EQ(by_stage[std::string(to_string(stage))], 1) << to_string(stage) << " in " << reply.dump();
  auto chain = person.ask("verify-chain", {{"work_order", work_order}});
  EXPECT_TRUE(chain.value("pass", false)) << chain.dump();
  auto whole = person.ask("verify-chain");
  EXPECT_TRUE(whole.value("pass", false)) << whole.dump();
}

std::string operator_key(const NodeOptions& options) { return options.data_folder + "/keys/operator.pem"; }

class CrashAt : public ::testing::TestWithParam<std::string> {};

TEST_P(CrashAt, TheRestartedNodeFinishesTheWorkOrderWithOneReceiptPerStage) {
  TemporaryFolder folder;
  NodeOptions options;
  options.data_folder = folder.path();
  options.ack_wait_ms = 1'000;
  options.failpoint = GetParam();
  auto node = NodeProcess::start(options);
  ASSERT_TRUE(node->wait_ready());
  auto factory = node->factory();
  // The node may die before it has answered: the id is known all the same.
  const auto work_order = work_order_id(LineName::literal(options.line), "customers", "crash").str();
  {
    Operator person(factory["bus_url"], options.line, operator_key(options));
    ASSERT_TRUE(person.publish_product(null_line(options.line)));
    person.send_demand("crash");
    ASSERT_EQ(node->child().wait(seconds(20)), 128 + SIGKILL)
        << "the failpoint was not reached: " << node->log();
  }
  options.failpoint.clear();
  node = NodeProcess::start(options);
  ASSERT_TRUE(node->wait_ready());
  Operator person(node->factory()["bus_url"], options.line, operator_key(options));
  ASSERT_TRUE(person.wait_for_status(work_order, "done", seconds(30)))
      << person.ask("work-order", {{"id", work_order}}).dump() << node->log();
  expect_one_receipt_per_stage(person, work_order);
  EXPECT_EQ(person.demand("crash").value("status", ""), "done");
}

std::vector<std::string> failpoints() {
  std::vector<std::string> all = {"plan.published"};
  for (auto stage : all_stages) {
    if (stage == Stage::plan) continue;
    for (auto place : {"started", "finished", "published", "closed"})
      all.push_back(std::string(to_string(stage)) + "." + place);
  }
  return all;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  auto name = info.param;
  for (auto& c : name) {
    if (c == '.' || c == ':') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(EveryPlace, CrashAt, ::testing::ValuesIn(failpoints()), test_name);

// Two nodes that share all stages over one server; the second one's key is added by the operator.
struct TwoNodes {
  TemporaryFolder folder;
  std::unique_ptr<bus::NatsServerProcess> server;
  NodeOptions first_options;
  NodeOptions second_options;
  std::unique_ptr<NodeProcess> first;
  std::unique_ptr<NodeProcess> second;
  std::unique_ptr<Operator> person;

  void start(const std::string& failpoint_of_first) {
    bus::NatsServerOptions server_options;
    server_options.binary = nats_server_binary();
    server_options.store_folder = folder.path() + "/nats";
    auto started = bus::NatsServerProcess::start(server_options);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
    first_options.data_folder = folder.path() + "/n1";
    first_options.bus_url = server->url();
    first_options.ack_wait_ms = 1'000;
    first_options.extra_toml = "replica_silence_ms = 2000";
    second_options = first_options;
    second_options.id = "n2";
    second_options.data_folder = folder.path() + "/n2";
    second_options.found = false;
    first_options.failpoint = failpoint_of_first;
    first = NodeProcess::start(first_options);
    ASSERT_TRUE(first->wait_ready());
    person = std::make_unique<Operator>(server->url(), first_options.line, operator_key(first_options));
    second = NodeProcess::start(second_options);
    ASSERT_TRUE(second->wait_ready());
    auto admitted = person->add_key(second->key_entry());
    ASSERT_TRUE(admitted) << admitted.error().message;
    ASSERT_TRUE(person->publish_product(null_line(first_options.line)));
    ASSERT_TRUE(person->wait_until(
        [&] { return person->ask("nodes").value("nodes", nlohmann::json::array()).size() == 2; },
        seconds(10)));
  }
};

TEST(TwoNodesShareALine, WhenOneIsKilledTheOtherFinishesWhatItHad) {
  TwoNodes nodes;
  nodes.start("");
  std::vector<std::string> work_orders;
  for (int i = 0; i < 20; ++i)
    work_orders.push_back(nodes.person->demand("shared-" + std::to_string(i))["work_order"]);
  nodes.first->child().signal(SIGKILL);
  for (const auto& id : work_orders) {
    ASSERT_TRUE(nodes.person->wait_for_status(id, "done", seconds(60)))
        << nodes.person->ask("work-order", {{"id", id}}).dump() << nodes.second->log();
  }
  expect_one_receipt_per_stage(*nodes.person, work_orders.front());
  expect_one_receipt_per_stage(*nodes.person, work_orders.back());
}

TEST(TwoNodesShareALine, AStoppedNodeThatWakesUpAfterItsCardWentToTheOtherChangesNothing) {
  for (std::string place : {"build.started:stop", "build.finished:stop"}) {
    TwoNodes nodes;
    nodes.start(place);
    // With some work orders, a card of the build station is in the first node's hands.
    constexpr size_t count = 8;
    std::vector<std::string> work_orders;
    for (size_t i = 0; i < count; ++i)
      work_orders.push_back(nodes.person->demand("stopped-" + std::to_string(i))["work_order"]);
    ASSERT_TRUE(nodes.person->wait_until(
        [&] { return nodes.person->ask("status").value("done", size_t{0}) == count; }, seconds(90)))
        << nodes.second->log();
    // It answers questions as well, from what it had seen, until it has caught up: wait until no answer is
    // behind.
    ASSERT_TRUE(nodes.person->wait_until(
        [&] {
          nodes.first->child().signal(SIGCONT);  // again, in case it came to the place only now
          for (int asked = 0; asked < 12; ++asked) {
            if (nodes.person->ask("status").value("done", size_t{0}) != count) return false;
          }
          return true;
        },
        seconds(60)))
        << nodes.first->log();
    std::this_thread::sleep_for(seconds(1));
    for (const auto& id : work_orders) expect_one_receipt_per_stage(*nodes.person, id);
    EXPECT_TRUE(nodes.first->child().running()) << nodes.first->log();
  }
}

TEST(TwoNodesShareALine, AnEjectedReplicaThatMissedWhatWasTrimmedIsRebuiltRatherThanFoldOn) {
  TwoNodes nodes;
  nodes.start("");
  ASSERT_TRUE(
      nodes.person->wait_for_status(nodes.person->demand("before")["work_order"], "done", seconds(30)));
  nodes.first->child().signal(SIGKILL);
  proto::ReplicaChanged ejected;
  ejected.set_node("n1");
  ejected.set_change("ejected");
  ASSERT_TRUE(nodes.person->decide(ejected));
  auto last = nodes.person->demand("after")["work_order"].get<std::string>();
  ASSERT_TRUE(nodes.person->wait_for_status(last, "done", seconds(60))) << nodes.second->log();
  auto stream = stream_name(nodes.person->line(), 1);
  auto missed = nodes.person->bus().stream_info(stream)->last_sequence;
  ASSERT_TRUE(nodes.person->wait_until(
      [&] { return nodes.person->bus().stream_info(stream)->first_sequence >= missed; }, seconds(30)));
  nodes.first = NodeProcess::start(nodes.first_options);
  ASSERT_TRUE(nodes.first->wait_ready());
  EXPECT_NE(nodes.first->log().find("entries from n2"), std::string::npos) << nodes.first->log();
  expect_one_receipt_per_stage(*nodes.person, last);
}

TEST(TheEmbeddedServer, KilledInTheMiddleOfTheLineIsStartedAgainAndNothingIsLost) {
  TemporaryFolder folder;
  NodeOptions options;
  options.data_folder = folder.path();
  options.ack_wait_ms = 1'000;
  auto node = NodeProcess::start(options);
  ASSERT_TRUE(node->wait_ready());
  auto factory = node->factory();
  Operator person(factory["bus_url"], options.line, operator_key(options));
  ASSERT_TRUE(person.publish_product(null_line(options.line)));
  std::vector<std::string> work_orders;
  for (int i = 0; i < 30; ++i)
    work_orders.push_back(person.demand("server-" + std::to_string(i))["work_order"]);
  kill(factory["nats_server_pid"].get<pid_t>(), SIGKILL);
  for (const auto& id : work_orders) {
    ASSERT_TRUE(person.wait_for_status(id, "done", seconds(60)))
        << person.ask("work-order", {{"id", id}}).dump() << node->log();
  }
  for (const auto& id : work_orders) expect_one_receipt_per_stage(person, id);
}

}  // namespace
}  // namespace tcps::test
