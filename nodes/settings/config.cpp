#include "nodes/settings/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <functional>

#include "messages/files.h"

namespace tcps::node {
namespace {

constexpr size_t file_bytes_max = 1u << 20;

enum class Kind { text, number, flag, list };

struct Key {
  std::string_view path;  // "bus.url"; "line." keys stand in each [[line]]
  Kind kind;
  int64_t least, most;  // numbers
  std::string_view default_value;
  std::string_view meaning;
};

constexpr auto keys = std::to_array<Key>({
    {"node.id", Kind::text, 0, 0, "(required)", "name of this node: 1-64 characters of a-z, 0-9 and '-'"},
    {"node.data", Kind::text, 0, 0, "(required)", "folder of keys, ledger and workspaces"},
    {"node.signer", Kind::text, 0, 0, "",
     "socket of the tcps-signer that keeps this node's key; empty: <data>/keys/node.pem"},
    {"node.threads", Kind::number, 0, 256, "0", "threads that sign and verify; 0: one per core"},
    {"node.log_level", Kind::text, 0, 0, "info", "trace, debug, info, warn, error"},
    {"node.shutdown_grace_ms", Kind::number, 100, 600'000, "10000",
     "milliseconds that running work is given on shutdown"},
    {"bus.url", Kind::text, 0, 0, "", "NATS servers, separated by commas; empty: an embedded one"},
    {"bus.credentials", Kind::text, 0, 0, "", "path of a NATS .creds file"},
    {"bus.tls_ca", Kind::text, 0, 0, "", "path of the CA that the servers' certificates are signed by"},
    {"bus.replicas", Kind::number, 1, 5, "1", "copies of streams and objects on the bus"},
    {"bus.stream_mib", Kind::number, 64, 1'048'576, "2048",
     "MiB of a line's stream; half of it stays free for cards in work"},
    {"bus.objects_mib", Kind::number, 64, 16'777'216, "16384", "MiB of a line's artifacts"},
    {"bus.ack_wait_ms", Kind::number, 500, 600'000, "30000",
     "milliseconds after which a silent station's card goes to another"},
    {"bus.embedded_port", Kind::number, 0, 65'535, "0",
     "loopback port of the embedded server; 0: a free one"},
    {"bus.embedded_binary", Kind::text, 0, 0, "",
     "path of nats-server; empty: TCPS_NATS_SERVER, beside tcpsd, PATH"},
    {"bus.embedded_sync_interval", Kind::text, 0, 0, "1s",
     "how often the embedded server syncs to disk; always: before each answer"},
    {"intake.queued_max", Kind::number, 16, 1'000'000, "4096",
     "requests that may wait; more are refused at once"},
    {"ledger.checkpoint_interval_ms", Kind::number, 10, 600'000, "1000",
     "milliseconds between signed tree heads"},
    {"ledger.replica_silence_ms", Kind::number, 1'000, 604'800'000, "600000",
     "milliseconds that a silent replica is waited for until it is ejected"},
    {"ledger.trim_interval_ms", Kind::number, 100, 86'400'000, "30000",
     "milliseconds between cuts of what the ledger holds off the stream"},
    {"artifacts.sweep_interval_ms", Kind::number, 100, 604'800'000, "3600000",
     "milliseconds between sweeps of what the line's artifacts.keep lets go, while this node supervises"},
    {"channels.registry", Kind::text, 0, 0, "embedded", "container registry: embedded, none or host:port"},
    {"channels.marketplace", Kind::text, 0, 0, "embedded", "marketplace: embedded, none or a folder"},
    {"line.name", Kind::text, 0, 0, "(required)", "a line this node works"},
    {"line.genesis", Kind::text, 0, 0, "",
     "digest of the genesis that must begin the log; empty: not pinned"},
    {"line.checkpoint_keys", Kind::list, 0, 0, "[] (not pinned)",
     "replicas, as \"node=public key in base64\": one of them must have signed the checkpoint kept beside "
     "the store, or it does "
     "not open"},
    {"line.found", Kind::flag, 0, 0, "false", "begin the log when the stream is empty"},
    {"line.stages", Kind::list, 0, 0, "[] (all)", "stages worked here"},
    {"line.pools", Kind::list, 0, 0, "[\"any\"]", "pools of cards worked here"},
});

const Key* find_key(const std::string& path) {
  for (const auto& key : keys) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

class Reader {
 public:
  Reader(std::string file, std::vector<std::string>& problems)
      : file_(std::move(file)), problems_(problems) {}

  void problem(const toml::source_region& where, const std::string& key, const std::string& what) {
    problems_.push_back(fmt::format("{}:{}: {}: {}", file_, where.begin.line, key, what));
  }

  void check(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      auto path = prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
      if (prefix.empty() && path == "line" && node.is_array_of_tables()) {
        for (const auto& element : *node.as_array()) check(*element.as_table(), "line");
      } else if (prefix.empty() && node.is_table()) {
        check(*node.as_table(), path);
      } else if (const auto* key = find_key(path); key == nullptr) {
        problem(node.source(), path, "unknown key; see tcpsd --help-config for those there are");
      } else {
        check_value(node, *key);
      }
    }
  }

  void check_value(const toml::node& node, const Key& key) {
    const std::string path(key.path);
    if (key.kind == Kind::number) {
      auto value = node.value_exact<int64_t>();
      if (!value) return problem(node.source(), path, "must be a whole number");
      if (*value < key.least || *value > key.most)
        problem(node.source(), path, fmt::format("must be {}-{}", key.least, key.most));
    } else if (key.kind == Kind::text && !node.is_string()) {
      problem(node.source(), path, "must be a text in quotes");
    } else if (key.kind == Kind::flag && !node.is_boolean()) {
      problem(node.source(), path, "must be true or false");
    } else if (key.kind == Kind::list &&
               !(node.is_array() &&
                 (node.as_array()->empty() || node.as_array()->is_homogeneous<std::string>()))) {
      problem(node.source(), path, "must be a list of texts");
    }
  }

 private:
  std::string file_;
  std::vector<std::string>& problems_;
};

template <class Number>
void read_number(const toml::node_view<const toml::node>& node, Number& out) {
  if (auto value = node.value<int64_t>()) out = static_cast<Number>(*value);
}
void read_ms(const toml::node_view<const toml::node>& node, std::chrono::milliseconds& out) {
  if (auto value = node.value<int64_t>()) out = std::chrono::milliseconds(*value);
}
void read_text(const toml::node_view<const toml::node>& node, std::string& out) {
  if (auto value = node.value<std::string>()) out = *value;
}

void read_node(const toml::table& root, NodeConfig& out, Reader& reader) {
  auto at = [&](std::string_view path) { return toml::node_view<const toml::node>(root.at_path(path)); };
  if (auto id = at("node.id").value<std::string>()) {
    auto parsed = NodeId::parse(*id);
    if (parsed)
      out.id = *parsed;
    else
      reader.problem(at("node.id").node()->source(), "node.id", parsed.error().message);
  } else {
    reader.problem(root.source(), "node.id", "is missing: name this node");
  }
  read_text(at("node.data"), out.data_folder);
  if (out.data_folder.empty()) reader.problem(root.source(), "node.data", "is missing: name the data folder");
  read_text(at("node.signer"), out.signer);
  read_number(at("node.threads"), out.threads);
  read_text(at("node.log_level"), out.log_level);
  constexpr std::array<std::string_view, 5> levels = {"trace", "debug", "info", "warn", "error"};
  if (std::find(levels.begin(), levels.end(), out.log_level) == levels.end()) {
    reader.problem(at("node.log_level").node()->source(), "node.log_level",
                   "must be trace, debug, info, warn or error");
  }
  read_ms(at("node.shutdown_grace_ms"), out.shutdown_grace);
  read_text(at("bus.url"), out.bus_url);
  read_text(at("bus.credentials"), out.bus_credentials);
  read_text(at("bus.tls_ca"), out.bus_tls_ca);
  read_number(at("bus.replicas"), out.bus_replicas);
  uint64_t mib = out.stream_bytes_max >> 20;
  read_number(at("bus.stream_mib"), mib);
  out.stream_bytes_max = mib << 20;
  mib = out.objects_bytes_max >> 20;
  read_number(at("bus.objects_mib"), mib);
  out.objects_bytes_max = mib << 20;
  read_ms(at("bus.ack_wait_ms"), out.ack_wait);
  read_number(at("bus.embedded_port"), out.embedded_port);
  read_text(at("bus.embedded_binary"), out.embedded_binary);
  read_text(at("bus.embedded_sync_interval"), out.embedded_sync_interval);
  read_number(at("intake.queued_max"), out.intake_queued_max);
  read_ms(at("ledger.checkpoint_interval_ms"), out.checkpoint_interval);
  read_ms(at("ledger.trim_interval_ms"), out.trim_interval);
  read_ms(at("ledger.replica_silence_ms"), out.replica_silence_max);
  read_ms(at("artifacts.sweep_interval_ms"), out.sweep_interval);
  read_text(at("channels.registry"), out.registry);
  read_text(at("channels.marketplace"), out.marketplace);
}

void read_line(const toml::table& table, NodeConfig& out, Reader& reader) {
  LineConfig line;
  auto name = LineName::parse(table["name"].value_or(std::string()));
  if (name)
    line.name = *name;
  else
    reader.problem(table.source(), "line.name", name.error().message);
  for (const auto& other : out.lines) {
    if (name && other.name == *name)
      reader.problem(table.source(), "line.name",
                     "'" + name->str() + "' is named twice: give each line one [[line]]");
  }
  line.genesis = table["genesis"].value_or(std::string());
  if (!line.genesis.empty() && !Digest::parse(line.genesis))
    reader.problem(table.source(), "line.genesis", "is not a digest: sha256:<64 hex digits>");
  if (const auto* pinned = table["checkpoint_keys"].as_array()) {
    for (const auto& element : *pinned) {
      auto text = element.value_or(std::string());
      if (auto key = ledger::PinnedKey::parse(text))
        line.checkpoint_keys.push_back(std::move(*key));
      else
        reader.problem(element.source(), "line.checkpoint_keys", key.error().message);
    }
  }
  line.found = table["found"].value_or(false);
  if (const auto* stages = table["stages"].as_array()) {
    for (const auto& element : *stages) {
      auto stage = parse_stage(element.value_or(std::string()));
      if (stage)
        line.stages.push_back(*stage);
      else
        reader.problem(element.source(), "line.stages", stage.error().message);
    }
  }
  if (line.stages.empty()) line.stages.assign(all_stages.begin(), all_stages.end());
  if (const auto* pools = table["pools"].as_array()) {
    for (const auto& element : *pools) {
      auto pool = Pool::parse(element.value_or(std::string()));
      if (pool)
        line.pools.push_back(pool->str());
      else
        reader.problem(element.source(), "line.pools", pool.error().message);
    }
  }
  if (line.pools.empty()) line.pools = {"any"};
  out.lines.push_back(std::move(line));
}

}  // namespace

Result<NodeConfig> NodeConfig::parse(std::string_view text, const std::string& file_name) {
  std::vector<std::string> problems;
  Reader reader(file_name, problems);
  NodeConfig out;
  out.source = file_name;
  try {
    auto root = toml::parse(text, file_name);
    reader.check(root, "");
    read_node(root, out, reader);
    if (const auto* lines = root["line"].as_array()) {
      for (const auto& element : *lines) {
        if (const auto* table = element.as_table()) read_line(*table, out, reader);
      }
    }
    if (out.lines.empty()) reader.problem(root.source(), "line", "is missing: name at least one [[line]]");
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid,
                fmt::format("{}:{}: {}", file_name, error.source().begin.line, error.description()));
  }
  if (problems.empty()) return out;
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "\n") + problem;
  return fail(ErrorCode::invalid, all);
}

Result<NodeConfig> NodeConfig::load(const std::string& path) {
  auto text = read_input(path, file_bytes_max);
  if (!text) return fail(text.error().at("configuration"));
  return parse(*text, path);
}

std::string describe_config_keys() {
  std::string text;
  for (const auto& key : keys) {
    auto range = key.kind == Kind::number ? fmt::format(" ({}-{})", key.least, key.most) : std::string();
    text += fmt::format("{:<30} default {:<12} {}{}\n", key.path,
                        key.default_value.empty() ? "\"\"" : key.default_value, key.meaning, range);
  }
  return text;
}

}  // namespace tcps::node
