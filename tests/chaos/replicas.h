// Nodes that keep replicas of one line over one nats-server, and what tests ask of each of them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <mutex>

#include "actors/ledger/certification/certificate.h"
#include "actors/ledger/replication/replica_service.h"
#include "bus/nats/nats_server.h"
#include "messages/subjects.h"
#include "tests/support/factory_process.h"

namespace tcps::test {

struct Replicas {
  TemporaryFolder folder;
  std::unique_ptr<bus::NatsServerProcess> server;
  std::vector<NodeOptions> options;
  std::vector<std::unique_ptr<NodeProcess>> nodes;
  std::unique_ptr<Operator> person;
  std::mutex mutex;
  std::vector<tlog::SignedCheckpoint> certificates;  // heard on the bus
  std::unique_ptr<bus::Subscription> listening;
  std::vector<std::string> work_orders;
  std::string extra_toml;

  ~Replicas() { listening.reset(); }

  std::string nats_store() const { return folder.path() + "/nats"; }
  std::string line_folder(size_t index) const { return options[index].data_folder + "/lines/chaos"; }
  LineName line() const { return LineName::literal("chaos"); }

  void start(size_t count) {
    bus::NatsServerOptions server_options;
    server_options.binary = nats_server_binary();
    server_options.store_folder = nats_store();
    auto started = bus::NatsServerProcess::start(server_options);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
    nodes.resize(count);
    for (size_t i = 0; i < count; ++i) {
      NodeOptions node;
      node.id = "n" + std::to_string(i + 1);
      node.data_folder = folder.path() + "/" + node.id;
      node.bus_url = server->url();
      node.found = i == 0;
      node.ack_wait_ms = 1'000;
      node.extra_toml = extra_toml;
      options.push_back(node);
      ASSERT_NO_FATAL_FAILURE(start_node(i));
      if (i == 0) {
        person =
            std::make_unique<Operator>(server->url(), node.line, node.data_folder + "/keys/operator.pem");
        listen();
      } else {
        ASSERT_NO_FATAL_FAILURE(add_key(i));
      }
    }
    ASSERT_TRUE(person->publish_product(null_line("chaos")));
    ASSERT_TRUE(wait_until([&] { return registered() == count; })) << person->ask("nodes").dump();
  }

  void start_node(size_t index) {
    nodes[index] = NodeProcess::start(options[index]);
    ASSERT_TRUE(nodes[index]->wait_ready());
  }
  void add_key(size_t index) {
    auto admitted = person->add_key(nodes[index]->key_entry());
    ASSERT_TRUE(admitted) << admitted.error().message;
  }
  void kill_node(size_t index) {
    nodes[index]->child().signal(SIGKILL);
    nodes[index]->child().wait(std::chrono::seconds(5));
  }

  void listen() {
    auto heard =
        person->bus().subscribe(checkpoint_subject(line(), "certified"), "", [this](bus::Message message) {
          auto note = tlog::SignedCheckpoint::parse(message.payload);
          std::lock_guard lock(mutex);
          if (note) certificates.push_back(std::move(*note));
        });
    ASSERT_TRUE(heard);
    listening = std::move(*heard);
  }
  std::vector<tlog::SignedCheckpoint> certified() {
    std::lock_guard lock(mutex);
    return certificates;
  }

  bool wait_until(const std::function<bool()>& condition,
                  std::chrono::milliseconds limit = std::chrono::seconds(60)) {
    return person->wait_until(condition, limit);
  }
  size_t registered() { return person->ask("nodes").value("replicas", nlohmann::json::array()).size(); }
  void demand(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      auto reply = person->demand(prefix + "-" + std::to_string(i));
      ASSERT_TRUE(reply.contains("work_order")) << reply.dump();
      work_orders.push_back(reply["work_order"]);
    }
  }
  void expect_all_done(std::chrono::milliseconds limit = std::chrono::seconds(90)) {
    for (const auto& id : work_orders) {
      ASSERT_TRUE(person->wait_for_status(id, "done", limit))
          << person->ask("work-order", {{"id", id}}).dump() << logs();
    }
  }
  // Ten completed receipts, one of each stage.
  void expect_one_receipt_per_stage() {
    for (const auto& id : work_orders) {
      auto reply = person->ask("receipts", {{"work_order", id}});
      ASSERT_TRUE(reply.contains("receipts")) << reply.dump();
      std::map<std::string, int> by_stage;
      for (const auto& receipt : reply["receipts"]) ++by_stage[receipt["stage"]];
      for (auto stage : all_stages)
        EXPECT_EQ(by_stage[std::string(to_string(stage))], 1) << id << " at " << to_string(stage);
    }
    const auto whole = person->ask("verify-chain");
    EXPECT_TRUE(whole.value("pass", false)) << whole.dump();
  }

  std::optional<ledger::ReplicaState> state(size_t index) {
    auto said = ledger::ask_state(person->bus(), line(), NodeId::literal(options[index].id));
    if (!said) return std::nullopt;
    return said->state;
  }
  // All of them hold the same tree, and all of it is certified.
  bool agree(const std::vector<size_t>& which) {
    std::optional<ledger::SizedRoot> head;
    for (size_t index : which) {
      auto one = state(index);
      if (!one || !one->certificate || one->certificate->checkpoint.size != one->head.size) return false;
      if (head && !(*head == one->head)) return false;
      head = one->head;
    }
    return true;
  }
  // What each says of itself, and its log: for the message of a failure.
  std::string logs() {
    std::string text;
    for (size_t i = 0; i < nodes.size(); ++i) {
      auto one = nodes[i] ? state(i) : std::nullopt;
      text += fmt::format("\n{}: ", options[i].id);
      if (!one) {
        text += "says nothing";
        continue;
      }
      text +=
          fmt::format("{} entries, root {}, certified {}", one->head.size, one->head.root.hex().substr(0, 8),
                      one->certificate ? one->certificate->checkpoint.size : 0);
    }
    for (const auto& node : nodes) {
      if (node) text += "\n--- " + node->options().id + "\n" + node->log();
    }
    return text;
  }
};

}  // namespace tcps::test
