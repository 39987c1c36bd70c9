#include "nodes/tcps/run/run_report.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "messages/failure_mode.h"
#include "nodes/tcps/run/progress.h"
#include "nodes/view/chain_report.h"

namespace tcps::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto checkpoint_wait = 5s;
constexpr uint64_t whole_log_entries_max = 50'000;  // a longer one is verified work order by work order

void print_failure(view::Output& out, const json& order) {
  const WorkOrderStatus status = status_of_reply(order);
  const std::string mode = order.value("failure_mode", ""), stage = order.value("stage", "");
  out.text(fmt::format("  {} at {}: {} {}", out.paint(to_string(status), view::colour_of(status)), stage,
                       mode, printable(order.value("reason", ""))));
  if (auto known = parse_failure_mode(mode))
    out.text(fmt::format("  {}: {}", row_of(*known).name, row_of(*known).recovery));
  for (const json& call : order.value("andons", json::array())) {
    out.text(fmt::format("  to resume it: tcps andon resolve {} --resolution \"...\"", call.value("id", "")));
    return;
  }
  if (status != WorkOrderStatus::cancelled)
    out.text(fmt::format("  to resume it: tcps work-order resume {}", order.value("id", "")));
}

void print_order(view::Output& out, const json& order, bool known, const std::string& marketplace) {
  const std::string version = order.value("version", "");
  out.text("");
  out.text(fmt::format("{}  {}{}{}", out.paint(order.value("id", ""), view::Colour::bold),
                       printable(order.value("title", "")),
                       version.empty() ? "" : fmt::format("  {} {}", order.value("sku", ""), version),
                       known ? "  (known from before)" : ""));
  if (status_of_reply(order) != WorkOrderStatus::done) print_failure(out, order);
  for (const std::string& place : release_places(order, marketplace)) out.text("  " + printable(place));
  view::Table table({"  STAGE", "ATTEMPT", "STATUS", "NODE", "RECEIPT", "TOOK"});
  for (const json& receipt : order["receipts"]) {
    table.add({"  " + receipt.value("stage", ""), std::to_string(receipt.value("attempt", 0)),
               receipt.value("status", ""), receipt.value("node", ""),
               view::short_digest(receipt.value("payload_digest", "")),
               view::duration_text(receipt.value("duration_ms", int64_t{0}))},
              view::status_colour<ReceiptStatus>(receipt.value("status", "")));
  }
  out.table(table, "  no receipts");
}

// The checkpoint follows the ledger by a moment.
void await_checkpoint(client::LineAccess& line) {
  const auto deadline = std::chrono::steady_clock::now() + checkpoint_wait;
  while (std::chrono::steady_clock::now() < deadline) {
    auto status = line.ask("status", json::object());
    if (!status ||
        (!(*status)["checkpoint"].is_null() &&
         (*status)["checkpoint"].value("size", uint64_t{0}) >= status->value("synced_size", uint64_t{0})))
      return;
    std::this_thread::sleep_for(100ms);
  }
}

Result<json> verify(client::LineAccess& line, const std::vector<RunOrder>& orders) {
  await_checkpoint(line);
  auto status = TCPS_TRY(line.ask("status", json::object()));
  if (status.value("synced_size", uint64_t{0}) <= whole_log_entries_max)
    return line.ask("verify-chain", json::object());
  json last;
  for (const RunOrder& order : orders) {
    auto report = line.ask("verify-chain", {{"work_order", order.id}});
    if (!report || !report->value("pass", false)) return report;
    last = std::move(*report);
  }
  return last;
}

std::string text_of(const json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end() && found->is_string() && !found->get_ref<const std::string&>().empty())
      return found->get<std::string>();
  }
  return {};
}

}  // namespace

std::vector<std::string> release_places(const json& order, const std::string& marketplace) {
  std::vector<std::string> places;
  const auto release = order.find("release");
  if (release == order.end()) return places;
  const std::string folder =
      (std::filesystem::path(marketplace) / order.value("sku", "") / order.value("version", "")).string();
  for (const json& one : release->value("publications", json::array())) {
    if (!one.is_object() || one.value("applicable", true) == false) continue;
    const std::string channel = text_of(one, {"channel"});
    const std::string registry = text_of(one, {"registry"});
    const std::string image = text_of(one, {"reference", "image"});
    std::error_code error;
    if (!image.empty()) {
      places.push_back(fmt::format(
          "image: {}", registry.empty() || image.starts_with(registry) ? image : registry + "/" + image));
    } else if (channel == "marketplace" && !marketplace.empty() && std::filesystem::exists(folder, error)) {
      places.push_back("release: " + folder);
    } else {
      places.push_back(
          fmt::format("{}: {}", channel, text_of(one, {"path", "folder", "listing_url", "url"})));
    }
  }
  return places;
}

Outcome report_run(client::LineAccess& line, const std::vector<RunOrder>& orders, bool some_refused,
                   view::Output& out) {
  const std::string marketplace = line.factory ? line.factory->marketplace : "";
  bool all_done = true;
  for (const RunOrder& order : orders) {
    auto reply = TCPS_TRY(line.ask("work-order", {{"id", order.id}}));
    all_done = all_done && status_of_reply(reply) == WorkOrderStatus::done;
    out.record({{"result", reply}, {"known", order.known}, {"places", release_places(reply, marketplace)}});
    if (!out.json) print_order(out, reply, order.known, marketplace);
  }
  auto report = TCPS_TRY(verify(line, orders));
  out.text("");
  out.record({{"verification", report.is_null() ? json::object() : report}});
  const bool passed = report.is_object() && report.value("pass", false);
  if (!out.json && report.is_object()) view::print_chain_report(out, report, false);
  return passed && all_done && !some_refused ? Exit::ok : Exit::failed;
}

}  // namespace tcps::cli
