// tcps work-order ..., tcps wip
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/vocabulary.h"
#include "messages/work_order_status.h"
#include "nodes/tcps/shell.h"
#include "nodes/view/failure_text.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

struct ListOptions {
  std::string status, bucket, sku, page;
  bool all = false;
  size_t limit = 100;
};

void print_list(view::Output& out, const json& reply) {
  view::Table table({"WORK ORDER", "STATUS", "STAGE", "ATTEMPT", "BUCKET", "PRIORITY", "VERSION", "TITLE"});
  for (const json& row : reply["work_orders"]) {
    const std::string status = row.value("status", "");
    table.add({row.value("id", ""), status, row.value("stage", ""), std::to_string(row.value("attempt", 0)),
               row.value("bucket", ""), row.value("priority", ""), row.value("version", ""),
               view::fit(row.value("title", ""), 60)},
              view::status_colour<WorkOrderStatus>(status));
  }
  out.table(table, "no work orders");
  if (reply["next"].is_string()) out.text(fmt::format("more: --page {}", reply["next"].get<std::string>()));
}

Outcome list(Shell& shell, const ListOptions& options) {
  auto line = TCPS_TRY(shell.line());
  json request = {{"status", options.all ? to_string(StatusFilter::all) : options.status},
                  {"limit", options.limit}};
  if (!options.bucket.empty()) request["bucket"] = options.bucket;
  if (!options.sku.empty()) request["sku"] = options.sku;
  if (!options.page.empty()) request["page"] = options.page;
  auto reply = TCPS_TRY(line->ask("work-orders", request));
  shell.out().document(reply);
  if (!shell.out().json) print_list(shell.out(), reply);
  return Exit::ok;
}

void print_receipts(view::Output& out, const json& receipts) {
  view::Table table({"STAGE", "ATTEMPT", "STATUS", "NODE", "TOOK", "RECEIPT"});
  for (const json& row : receipts) {
    const auto took = row.find("duration_ms");
    table.add({row.value("stage", ""), std::to_string(row.value("attempt", 0)), row.value("status", ""),
               row.value("node", ""), took == row.end() ? "" : view::duration_text(took->get<int64_t>()),
               view::short_digest(row.value("payload_digest", ""))},
              view::status_colour<ReceiptStatus>(row.value("status", "")));
  }
  out.table(table, "no receipts yet");
}

void print_order(view::Output& out, const json& order) {
  const std::string status = order.value("status", "");
  out.text(fmt::format("{}  {}", out.paint(order.value("id", ""), view::Colour::bold),
                       printable(order.value("title", ""))));
  out.text(fmt::format("status    {} (stage {}, attempt {})",
                       out.paint(status, view::status_colour<WorkOrderStatus>(status)),
                       order.value("stage", ""), order.value("attempt", 0)));
  out.text(fmt::format("bucket    {}, priority {}", order.value("bucket", ""), order.value("priority", "")));
  if (const auto version = order.value("version", ""); !version.empty())
    out.text(fmt::format("version   {} {}", order.value("sku", ""), version));
  if (const auto mode = order.value("failure_mode", ""); !mode.empty())
    out.text(fmt::format("failure   {}", view::failure_text(mode)));
  if (const auto reason = order.value("reason", ""); !reason.empty())
    out.text(fmt::format("reason    {}", printable(reason)));
  for (const json& call : order["andons"])
    out.text(fmt::format("andon     {} ({}): {}", call.value("id", ""), call.value("kind", ""),
                         printable(call.value("reason", ""))));
  if (const auto release = order.find("release"); release != order.end()) {
    for (const json& one : (*release)["publications"])
      out.text(fmt::format("published {}", printable(one.dump())));
  }
  out.text("");
  print_receipts(out, order["receipts"]);
}

Outcome show(Shell& shell, const std::string& id) {
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(line->ask("work-order", {{"id", id}}));
  shell.out().document(reply);
  if (!shell.out().json) print_order(shell.out(), reply);
  return Exit::ok;
}

struct DecisionOptions {
  std::string id, reason;
};

Outcome decide_on(Shell& shell, Decision decision, const DecisionOptions& options) {
  auto line = TCPS_TRY(shell.line());
  TCPS_TRY(line->bus());
  auto order = TCPS_TRY(line->ask("work-order", {{"id", options.id}}));
  proto::WorkOrderDecision message;
  message.set_work_order_id(options.id);
  message.set_attempt(order.value("attempt", 1u));
  message.set_decision(std::string(to_string(decision)));
  message.set_reason(options.reason);
  message.set_by(client::person_name());
  message.set_at(client::now_text());
  auto position = TCPS_TRY(client::decide(*line, message));
  shell.out().document({{"work_order", options.id},
                        {"decision", to_string(decision)},
                        {"admitted", true},
                        {"position", position}});
  shell.out().text(fmt::format("{}: {} admitted at position {}", options.id, to_string(decision), position));
  return Exit::ok;
}

void add_decision(Shell& shell, CLI::App* group, Decision decision, const std::string& about) {
  auto options = std::make_shared<DecisionOptions>();
  CLI::App* command =
      shell.command(group, std::string(to_string(decision)), about,
                    [&shell, decision, options] { return decide_on(shell, decision, *options); });
  command->add_option("work-order", options->id, "id of the work order")->required();
  auto* reason = command->add_option("--reason", options->reason, "why, for the ledger");
  if (decision != Decision::resume) reason->required();
}

void print_wip(view::Output& out, const json& wip) {
  out.text(fmt::format("WIP {} of {}, {} available: {}", wip.value("wip", 0), wip.value("wip_limit", 0),
                       wip.value("available", 0), wip.value("status", "")));
  view::Table stages({"STAGE", "CARDS", ""});
  for (const json& row : wip["stages"]) {
    const bool stopped = row.value("stopped", false);
    stages.add({row.value("stage", ""), std::to_string(row.value("open_cards", 0)), stopped ? "stopped" : ""},
               stopped ? view::Colour::red : view::Colour::none);
  }
  out.table(stages, "");
  view::Table buckets({"BUCKET", "SLOTS", "USED", "WAITING"});
  for (const json& row : wip["buckets"]) {
    buckets.add({row.value("bucket", ""), std::to_string(row.value("weight", 0)),
                 std::to_string(row.value("used", 0)), std::to_string(row.value("waiting", 0))});
  }
  out.text("");
  out.table(buckets, "");
}

struct WipOptions {
  uint32_t limit = 0;
  std::string reason = "set by tcps wip";
};

Outcome wip(Shell& shell, const WipOptions& options) {
  auto line = TCPS_TRY(shell.line());
  if (options.limit > 0) {
    proto::WipChanged message;
    message.set_wip_limit(options.limit);
    message.set_reason(options.reason);
    message.set_by(client::person_name());
    message.set_at(client::now_text());
    TCPS_TRY(client::decide(*line, message));
  }
  auto reply = TCPS_TRY(line->ask("wip", json::object()));
  shell.out().document(reply);
  if (!shell.out().json) print_wip(shell.out(), reply);
  return Exit::ok;
}

void add_list(Shell& shell, CLI::App* group) {
  auto options = std::make_shared<ListOptions>();
  options->status = to_string(StatusFilter::open);
  CLI::App* command = shell.command(group, "list", "work orders and where they are",
                                    [&shell, options] { return list(shell, *options); });
  command->add_option("--status", options->status, list_words<StatusFilter>())
      ->check(CLI::IsMember(word_texts<StatusFilter>()));
  command->add_flag("--all", options->all, "closed ones too");
  command->add_option("--bucket", options->bucket, "only of this bucket");
  command->add_option("--sku", options->sku, "only of this product");
  command->add_option("--limit", options->limit, "rows at most")->check(CLI::Range(1, 1000));
  command->add_option("--page", options->page, "go on where an earlier list ended");
}

}  // namespace

void add_work_order_commands(Shell& shell) {
  CLI::App* group = shell.group("work-order", "list, inspect and decide on work orders");
  add_list(shell, group);
  auto id = std::make_shared<std::string>();
  shell
      .command(group, "show", "a work order with its receipts, calls and release",
               [&shell, id] { return show(shell, *id); })
      ->add_option("work-order", *id, "id of the work order")
      ->required();
  add_decision(shell, group, Decision::quarantine, "set a work order aside as abnormal");
  add_decision(shell, group, Decision::hold, "put a work order aside for now");
  add_decision(shell, group, Decision::resume,
               "send a quarantined or held work order on, as the next attempt");
  add_decision(shell, group, Decision::cancel, "close a work order without a release");
  add_reproduce_command(shell, group);
  auto options = std::make_shared<WipOptions>();
  CLI::App* command = shell.command(nullptr, "wip", "work in progress and its limit",
                                    [&shell, options] { return wip(shell, *options); });
  command->add_option("--set", options->limit, "change the line's WIP limit")->check(CLI::Range(1, 100'000));
  command->add_option("--reason", options->reason, "why, for the ledger");
}

}  // namespace tcps::cli
