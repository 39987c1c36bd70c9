// Real processes for tests that cross folders: tcpsd on a data folder of its own, a nats-server beside it
// where the test wants one, and what publishers and auditors do with them over the bus. Everything ends with
// the objects.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "messages/keys.h"
#include "messages/line_message.h"
#include "messages/result.h"
#include "tests/support/temporary_folder.h"

namespace tcps::test {

// A program of this build: "tcpsd".
std::string program(const std::string& name);

// The nats-server of this build. Ends the test program when there is none.
std::string nats_server_binary();

// A child process in a group of its own; killed at the end.
class Child {
 public:
  static std::unique_ptr<Child> start(std::vector<std::string> argv,
                                      const std::map<std::string, std::string>& environment,
                                      const std::string& log_path);
  ~Child();
  pid_t pid() const { return pid_; }
  void signal(int number) const;
  bool running();
  std::optional<int> wait(
      std::chrono::milliseconds limit);  // exit code, 128 + signal; nothing when it still runs

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
  std::optional<int> ended_;
};

struct NodeOptions {
  std::string id = "n1";
  std::string data_folder;
  std::string bus_url;  // empty: embedded
  std::string line = "chaos";
  bool found = true;
  std::string signer;               // socket of a tcps-signer; empty: the node keeps its key
  std::vector<std::string> stages;  // empty: all
  int ack_wait_ms = 2'000;
  std::string failpoint;        // TCPS_FAILPOINT
  std::string extra_toml;       // more keys, by table
  std::string extra_line_toml;  // more keys of [[line]]
};

// One tcpsd.
class NodeProcess {
 public:
  static std::unique_ptr<NodeProcess> start(const NodeOptions& options);  // does not wait
  // False when it is not ready in time; its log then goes to standard error.
  bool wait_ready(std::chrono::milliseconds limit = std::chrono::seconds(30));
  nlohmann::json factory() const;  // factory.json
  Child& child() { return *child_; }
  const NodeOptions& options() const { return options_; }
  std::string log() const;
  nlohmann::json key_entry() const;  // tcpsd --print-key

 private:
  NodeOptions options_;
  std::string config_path_;
  std::unique_ptr<Child> child_;
};

// line.toml of a line with null procedures.
std::string null_line(const std::string& line, int wip_limit = 8);

// A person with a bus connection and the operator's key.
class Operator {
 public:
  Operator(const std::string& bus_url, const std::string& line, const std::string& operator_key_path);

  bus::Bus& bus() { return *bus_; }
  const LineName& line() const { return line_; }
  nlohmann::json ask(const std::string& query, const nlohmann::json& request = nlohmann::json::object());
  // Position of the decision when the line admitted it, else the reason of its refusal.
  Result<uint64_t> decide(Predicate predicate);
  Result<uint64_t> add_key(const nlohmann::json& entry);  // of NodeProcess::key_entry()
  Result<uint64_t> publish_product(const std::string& line_toml, uint32_t wip_limit = 8,
                                   uint32_t backlog_limit = 1000);
  nlohmann::json demand(const std::string& signal_id, const std::string& source = "customers");
  void send_demand(
      const std::string& signal_id);  // again and again until somebody takes it; does not wait for the answer
  // Publishes exact bytes on a subject of the line's stream, as decide() found it last.
  Result<bus::PublishAck> publish_raw(const std::string& subject, const Bytes& bytes);
  // False when the condition does not come true in time.
  bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit);
  bool wait_for_status(const std::string& work_order, const std::string& status,
                       std::chrono::milliseconds limit);

 private:
  Result<Bytes> request(const std::string& subject, const std::string& body,
                        std::chrono::milliseconds timeout);

  LineName line_;
  std::unique_ptr<bus::Bus> bus_;
  std::shared_ptr<PrivateKey> key_;
  uint32_t epoch_ = 1;  // of the stream, as the line said when it was last asked
};

}  // namespace tcps::test
