#include "nodes/settings/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "messages/files.h"
#include "nodes/toml/key_table.h"

namespace tcps::node {
namespace {

constexpr size_t file_bytes_max = 1u << 20;

using namespace toml_keys;

constexpr const char* line_prefix = "line.";  // of the keys in each [[line]]

// In the file MiB, in the struct bytes.
Key<NodeConfig> mebibytes(std::string path, uint64_t NodeConfig::*place, int64_t least, int64_t most,
                          const std::string& meaning) {
  return converted_number<NodeConfig>(
      std::move(path), least, most, meaning,
      [place](int64_t value, NodeConfig& out) { out.*place = static_cast<uint64_t>(value) << 20; },
      [place](const NodeConfig& from) { return std::to_string(from.*place >> 20); });
}

Result<std::string> parse_level(const std::string& text) {
  constexpr std::array<std::string_view, 5> levels = {"trace", "debug", "info", "warn", "error"};
  if (std::find(levels.begin(), levels.end(), text) != levels.end()) return text;
  return fail(ErrorCode::invalid, "must be trace, debug, info, warn or error");
}

Result<std::string> parse_folder(const std::string& text) {
  if (!text.empty()) return text;
  return fail(ErrorCode::invalid, "must name a folder");
}

Result<std::string> parse_pinned_genesis(const std::string& text) {
  if (text.empty() || Digest::parse(text)) return text;
  return fail(ErrorCode::invalid, "is not a digest: sha256:<64 hex digits>");
}

Result<std::string> parse_pool(const std::string& text) {
  const auto pool = TCPS_TRY(Pool::parse(text));
  return pool.str();
}

const std::string& as_it_is(const std::string& text) { return text; }

const KeyTable<NodeConfig>& node_keys() {
  using C = NodeConfig;
  static const KeyTable<C> keys(
      {
          required(parsed("node.id", &C::id, NodeId::parse, std::mem_fn(&NodeId::str),
                          "name of this node: 1-64 characters of a-z, 0-9 and '-'")),
          required(parsed("node.data", &C::data_folder, parse_folder, as_it_is,
                          "folder of keys, ledger and workspaces")),
          text("node.signer", &C::signer,
               "socket of the tcps-signer that keeps this node's key; empty: <data>/keys/node.pem"),
          number("node.threads", &C::threads, 0, 256, "threads that sign and verify; 0: one per core"),
          parsed("node.log_level", &C::log_level, parse_level, as_it_is, "trace, debug, info, warn, error"),
          milliseconds("node.shutdown_grace_ms", &C::shutdown_grace, 100, 600'000,
                       "milliseconds that running work is given on shutdown"),
          text("bus.url", &C::bus_url, "NATS servers, separated by commas; empty: an embedded one"),
          text("bus.credentials", &C::bus_credentials, "path of a NATS .creds file"),
          text("bus.tls_ca", &C::bus_tls_ca, "path of the CA that the servers' certificates are signed by"),
          number("bus.replicas", &C::bus_replicas, 1, 5, "copies of streams and objects on the bus"),
          mebibytes("bus.stream_mib", &C::stream_bytes_max, 64, 1'048'576,
                    "MiB of a line's stream; half of it stays free for cards in work"),
          mebibytes("bus.objects_mib", &C::objects_bytes_max, 64, 16'777'216, "MiB of a line's artifacts"),
          milliseconds("bus.ack_wait_ms", &C::ack_wait, 500, 600'000,
                       "milliseconds after which a silent station's card goes to another"),
          number("bus.embedded_port", &C::embedded_port, 0, 65'535,
                 "loopback port of the embedded server; 0: a free one"),
          text("bus.embedded_binary", &C::embedded_binary,
               "path of nats-server; empty: TCPS_NATS_SERVER, beside tcpsd, PATH"),
          text("bus.embedded_sync_interval", &C::embedded_sync_interval,
               "how often the embedded server syncs to disk; always: before each answer"),
          number("intake.queued_max", &C::intake_queued_max, 16, 1'000'000,
                 "requests that may wait; more are refused at once"),
          milliseconds("ledger.checkpoint_interval_ms", &C::checkpoint_interval, 10, 600'000,
                       "milliseconds between signed tree heads"),
          milliseconds("ledger.replica_silence_ms", &C::replica_silence_max, 1'000, 604'800'000,
                       "milliseconds that a silent replica is waited for until it is ejected"),
          milliseconds("ledger.trim_interval_ms", &C::trim_interval, 100, 86'400'000,
                       "milliseconds between cuts of what the ledger holds off the stream"),
          milliseconds(
              "artifacts.sweep_interval_ms", &C::sweep_interval, 100, 604'800'000,
              "milliseconds between sweeps of what the line's artifacts.keep lets go, while this node "
              "supervises"),
          text("channels.registry", &C::registry, "container registry: embedded, none or host:port"),
          text("channels.marketplace", &C::marketplace, "marketplace: embedded, none or a folder"),
      },
      "see tcpsd --help-config for those there are");
  return keys;
}

const KeyTable<LineConfig>& line_keys() {
  using C = LineConfig;
  static const KeyTable<C> keys(
      {
          required(parsed("name", &C::name, LineName::parse, std::mem_fn(&LineName::str),
                          "a line this node works")),
          parsed("genesis", &C::genesis, parse_pinned_genesis, as_it_is,
                 "digest of the genesis that must begin the log; empty: not pinned"),
          parsed_list(
              "checkpoint_keys", &C::checkpoint_keys, ledger::PinnedKey::parse,
              std::mem_fn(&ledger::PinnedKey::format),
              "replicas, as \"node=public key in base64\": one of them must have signed the checkpoint "
              "kept beside the store, or it does not open; empty: not pinned"),
          flag("found", &C::found, "begin the log when the stream is empty"),
          parsed_list(
              "stages", &C::stages, parse_stage, [](Stage stage) { return to_string(stage); },
              "stages worked here; empty: all"),
          parsed_list("pools", &C::pools, parse_pool, as_it_is, "pools of cards worked here; empty: any"),
      },
      "see tcpsd --help-config for those there are");
  return keys;
}

void read_line(const toml::table& table, NodeConfig& out, Problems& problems) {
  LineConfig line;
  line_keys().read(table, line, problems, line_prefix);
  const bool named_before = std::any_of(out.lines.begin(), out.lines.end(), [&](const LineConfig& other) {
    return !line.name.empty() && other.name == line.name;
  });
  if (named_before) {
    problems.add(table, "line.name",
                 fmt::format("'{}' is named twice: give each line one [[line]]", line.name.str()));
  }
  if (line.stages.empty()) line.stages.assign(all_stages.begin(), all_stages.end());
  if (line.pools.empty()) line.pools = {"any"};
  out.lines.push_back(std::move(line));
}

// The [[line]] tables, taken out of the root: what remains are keys of the node.
toml::array take_lines(toml::table& root, Problems& problems) {
  toml::array lines;
  auto* node = root.get("line");
  if (node == nullptr || !node->is_array_of_tables()) {
    problems.add(node == nullptr ? static_cast<const toml::node&>(root) : *node, "line",
                 "is missing: name at least one [[line]]");
  } else {
    lines = std::move(*node->as_array());
  }
  root.erase("line");
  return lines;
}

}  // namespace

Result<NodeConfig> NodeConfig::parse(std::string_view text, const std::string& file_name) {
  auto root = TCPS_TRY(parse_toml(text, file_name));
  Problems problems(file_name);
  NodeConfig out;
  out.source = file_name;
  const auto lines = take_lines(root, problems);
  node_keys().read(root, out, problems);
  for (const auto& line : lines) read_line(*line.as_table(), out, problems);
  TCPS_TRY(problems.status());
  return out;
}

Result<NodeConfig> NodeConfig::load(const std::string& path) {
  auto text = read_input(path, file_bytes_max);
  if (!text) return fail(text.error().at("configuration"));
  return parse(*text, path);
}

std::string describe_config_keys() {
  return node_keys().describe(NodeConfig{}) + line_keys().describe(LineConfig{}, line_prefix);
}

}  // namespace tcps::node
