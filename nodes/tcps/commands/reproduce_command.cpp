// tcps work-order reproduce
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/line/following/peers.h"
#include "messages/canonical_json.h"
#include "messages/reply.h"
#include "messages/stage.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

struct ReproduceOptions {
  std::string work_order, node;
  int64_t timeout_s = 1'800;
};

// Nodes that live, work builds and did not make this one.
Result<std::vector<std::string>> others(client::LineAccess& line, const std::string& builder) {
  auto reply = TCPS_TRY(line.ask("nodes", json::object()));
  std::vector<std::string> names;
  for (const json& node : reply["nodes"]) {
    const std::string name = node.value("node", "");
    const json stages = node.value("stages", json::array());
    const bool builds = std::find(stages.begin(), stages.end(), "build") != stages.end();
    if (name != builder && builds && node.value("silent_ms", int64_t{0}) < line::silent_after_ms)
      names.push_back(name);
  }
  if (names.empty())
    return fail(
        ErrorCode::unavailable,
        fmt::format("no other node than {}, which made the build, works the stage build now", builder));
  return names;
}

Result<json> ask_node(client::LineAccess& line, bus::Bus& bus, const std::string& name,
                      const ReproduceOptions& options) {
  auto node = TCPS_TRY(NodeId::parse(name));
  auto answer = client::request_blocking(bus, replica_subject(line.line(), node, "reproduce"),
                                         json{{"work_order", options.work_order}}.dump(),
                                         std::chrono::seconds(options.timeout_s));
  if (!answer) return fail(answer.error().at(name));
  auto reply = parse_json(*answer);
  if (!reply) return fail(reply.error().at("reply of " + name));
  if (auto good = reply_status(*reply); !good) return fail(good.error().at(name));
  return reply;
}

// The first node that takes it. One that is busy, or cannot, leaves it to the next.
Result<json> ask_any(client::LineAccess& line, bus::Bus& bus, const std::vector<std::string>& nodes,
                     const ReproduceOptions& options) {
  Result<json> reply = fail(ErrorCode::unavailable, "no node was asked");
  for (const auto& name : nodes) {
    reply = ask_node(line, bus, name, options);
    if (reply || (reply.error().code != ErrorCode::full && reply.error().code != ErrorCode::unavailable))
      break;
  }
  return reply;
}

Outcome reproduce(Shell& shell, const ReproduceOptions& options) {
  auto line = TCPS_TRY(shell.line());
  auto bus = TCPS_TRY(line->bus());
  auto builds = TCPS_TRY(line->ask("receipts", {{"work_order", options.work_order},
                                                {"stage", to_string(Stage::build)},
                                                {"status", to_string(ReceiptStatus::completed)},
                                                {"newest_first", true},
                                                {"limit", 1}}));
  if (builds["receipts"].empty())
    return fail(ErrorCode::not_found, options.work_order + " has no passed build");
  const std::string built_by = builds["receipts"][0].value("node", "");
  auto nodes = TCPS_TRY(options.node.empty() ? others(*line, built_by)
                                             : Result<std::vector<std::string>>({options.node}));
  auto reply = TCPS_TRY(ask_any(*line, *bus, nodes, options));
  if (reply.contains("sequence")) {
    auto verdict = TCPS_TRY(line->ask("verdict", {{"sequence", reply["sequence"]}}));
    if (!verdict.value("admitted", false))
      return fail(ErrorCode::refused, "the evidence was refused: " + verdict.value("reason", ""));
  }
  shell.out().document(reply);
  const bool same = reply.value("same", false);
  const std::string node = reply.value("node", ""), builder = reply.value("built_by", "");
  const std::string known = reply.value("known", false) ? " (known from an earlier evidence entry)" : "";
  const std::string differs = printable(reply.value("differs", ""));
  shell.out().text(same ? fmt::format("{} made the same {} files as {}{}", node,
                                      reply.value("files", uint64_t{0}), builder, known)
                        : fmt::format("{} did not make what {} made: {}{}", node, builder, differs, known));
  return same ? Exit::ok : Exit::failed;
}

}  // namespace

void add_reproduce_command(Shell& shell, CLI::App* work_order_group) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command =
      shell.command(work_order_group, "reproduce",
                    "let a node that did not build it build it again, and say so in the ledger",
                    [&shell, options] { return reproduce(shell, *options); });
  command->add_option("work-order", options->work_order, "id of the work order")->required();
  command->add_option("--node", options->node, "the node to ask; without it any that works builds");
  command->add_option("--timeout", options->timeout_s, "seconds to wait for the build")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
}

}  // namespace tcps::cli
