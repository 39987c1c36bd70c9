// tcpsd.toml: the knobs of one node. Every key is in the tables of config.cpp with its unit and range,
// its default is here; an unknown key is refused by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/ledger/certification/pinned_key.h"
#include "messages/ids.h"
#include "messages/result.h"
#include "messages/stage.h"

namespace tcps::node {

struct LineConfig {
  LineName name;
  std::string genesis;  // "sha256:..." pinned; empty: whatever the stream begins with
  std::vector<ledger::PinnedKey> checkpoint_keys;  // vouched for by who runs this node; empty: none is pinned
  bool found = false;                              // publish a genesis when the stream is empty
  std::vector<Stage> stages;  // worked here; plan stands for nothing: the planner is a role
  std::vector<std::string> pools = {"any"};

  friend bool operator==(const LineConfig&, const LineConfig&) = default;
};

struct NodeConfig {
  std::string source;  // file the configuration came from, for messages
  NodeId id;
  std::string data_folder;
  std::string signer;    // socket of a tcps-signer; empty: the key is <data>/keys/node.pem
  uint32_t threads = 0;  // for signing and verifying; 0: one per core
  std::string log_level = "info";

  std::string bus_url;  // empty: an embedded nats-server
  std::string bus_credentials;
  std::string bus_tls_ca;
  uint32_t bus_replicas = 1;
  uint64_t stream_bytes_max = 2ull << 30;
  uint64_t objects_bytes_max = 16ull << 30;
  uint16_t embedded_port = 0;
  std::string embedded_binary;
  std::string embedded_sync_interval = "1s";

  std::chrono::milliseconds ack_wait{30'000};
  uint32_t intake_queued_max = 4'096;
  std::chrono::milliseconds checkpoint_interval{1'000};
  std::chrono::milliseconds trim_interval{30'000};
  std::chrono::milliseconds replica_silence_max{600'000};
  std::chrono::milliseconds sweep_interval{3'600'000};
  std::chrono::milliseconds shutdown_grace{10'000};

  std::string registry = "embedded";     // "embedded", "none" or host:port
  std::string marketplace = "embedded";  // "embedded", "none" or a folder

  std::vector<LineConfig> lines;

  // Errors: invalid, with every problem on a line of its own: "<file>:<line>: <key>: <what>; <remedy>".
  static Result<NodeConfig> parse(std::string_view text, const std::string& file_name);
  static Result<NodeConfig> load(const std::string& path);
  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

// The keys with unit, range, default and meaning, as `tcpsd --help-config` prints them.
std::string describe_config_keys();

}  // namespace tcps::node
