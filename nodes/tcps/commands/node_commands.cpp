// tcps node ...
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/codec.h"
#include "messages/files.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

constexpr size_t key_file_bytes_max = 64u << 10;

std::string joined(const json& list) {
  std::string text;
  for (const json& one : list) text += (text.empty() ? "" : ",") + one.get<std::string>();
  return text;
}

Outcome list_nodes(Shell& shell) {
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(line->ask("nodes", json::object()));
  shell.out().document(reply);
  view::Table nodes({"NODE", "VERSION", "PID", "FOLDED", "SYNCED", "MEMORY", "HEARD", "POOLS", "ROLES"});
  for (const json& row : reply["nodes"]) {
    nodes.add({row.value("node", ""), row.value("version", ""), std::to_string(row.value("pid", 0)),
               std::to_string(row.value("folded", uint64_t{0})),
               std::to_string(row.value("synced", uint64_t{0})),
               fmt::format("{} MiB", row.value("resident_bytes", uint64_t{0}) >> 20),
               fmt::format("{} ago", view::duration_text(row.value("silent_ms", int64_t{0}))),
               joined(row["pools"]), joined(row["roles"])});
  }
  shell.out().table(nodes, "no node was heard");
  view::Table keys({"KEY", "OWNER", "ROLES"});
  for (const json& row : reply["keys"])
    keys.add({view::short_digest(row.value("key_id", "")), row.value("owner", ""), joined(row["roles"])});
  shell.out().text("");
  shell.out().table(keys, "no keys");
  return Exit::ok;
}

Outcome add(Shell& shell, const std::string& path) {
  Result<std::string> text;
  if (path == "-") {
    text = std::string(std::istreambuf_iterator<char>(std::cin), {}).substr(0, key_file_bytes_max);
  } else {
    text = read_input(path, key_file_bytes_max);
  }
  if (!text) return fail(text.error());
  auto parsed = parse_json(*text, 8);
  if (!parsed) return fail(parsed.error().at(path));
  proto::KeyAdded message;
  if (auto read = from_json(*parsed, *message.mutable_key()); !read)
    return fail(read.error().at(path + " is not a key entry; make one with tcpsd --print-key"));
  message.set_by(client::person_name());
  auto line = TCPS_TRY(shell.line());
  auto position = TCPS_TRY(client::decide(*line, message));
  shell.out().document({{"key_id", message.key().key_id()}, {"admitted", true}, {"position", position}});
  shell.out().text(fmt::format("{} ({}) counts from position {} on", message.key().owner(),
                               message.key().key_id(), position));
  return Exit::ok;
}

struct RevokeOptions {
  std::string key, reason;
};

// A key id, or the node whose only key it is.
Result<std::string> key_id_of(client::LineAccess& line, const std::string& name) {
  if (Digest::parse(name)) return name;
  auto nodes = TCPS_TRY(line.ask("nodes", json::object()));
  std::vector<std::string> found;
  for (const json& key : nodes["keys"]) {
    if (key.value("owner", "") == name) found.push_back(key.value("key_id", ""));
  }
  if (found.size() == 1) return found.front();
  return fail(found.empty() ? ErrorCode::not_found : ErrorCode::invalid,
              fmt::format("{} has {} keys on this line; name one by its id (tcps node list --json)", name,
                          found.size()));
}

Outcome revoke(Shell& shell, const RevokeOptions& options) {
  auto line = TCPS_TRY(shell.line());
  auto key_id = TCPS_TRY(key_id_of(*line, options.key));
  proto::KeyRevoked message;
  message.set_key_id(key_id);
  message.set_reason(options.reason);
  message.set_by(client::person_name());
  auto position = TCPS_TRY(client::decide(*line, message));
  shell.out().document({{"key_id", key_id}, {"admitted", true}, {"position", position}});
  shell.out().text(fmt::format("{} no longer counts from position {} on", key_id, position));
  return Exit::ok;
}

}  // namespace

void add_node_commands(Shell& shell) {
  CLI::App* group = shell.group("node", "nodes and the keys that count");
  shell.command(group, "list", "nodes that work the line, and its keys",
                [&shell] { return list_nodes(shell); });
  auto path = std::make_shared<std::string>();
  shell
      .command(group, "add", "let a node's key count on the line",
               [&shell, path] { return add(shell, *path); })
      ->add_option("file", *path,
                   "the node's key entry, as tcpsd --print-key prints it; - for standard input")
      ->required();
  auto options = std::make_shared<RevokeOptions>();
  CLI::App* command = shell.command(group, "revoke", "let a key count no longer",
                                    [&shell, options] { return revoke(shell, *options); });
  command->add_option("key", options->key, "key id, or the name of a node with one key")->required();
  command->add_option("--reason", options->reason, "why, for the ledger")->required();
}

}  // namespace tcps::cli
