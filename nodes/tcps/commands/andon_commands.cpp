// tcps andon ...
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "messages/vocabulary.h"
#include "nodes/tcps/shell.h"
#include "nodes/view/failure_text.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

Outcome list(Shell& shell, bool all) {
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(line->ask("andons", {{"all", all}}));
  shell.out().document(reply);
  view::Table table(
      {"ANDON", "KIND", "SEVERITY", "WORK ORDER", "STAGE", "MODE", "STATE", "RAISED", "REASON"});
  for (const json& call : reply["andons"]) {
    const bool open = call.value("open", false);
    const char* state = !open ? "resolved" : call.value("acknowledged", false) ? "acknowledged" : "open";
    table.add(
        {call.value("id", ""), call.value("kind", ""), call.value("severity", ""),
         call.value("work_order", ""), call.value("stage", ""), view::failure_text(call.value("mode", "")),
         state, call.value("raised_at", ""), view::fit(call.value("reason", ""), 60)},
        open ? view::Colour::red : view::Colour::none);
  }
  shell.out().table(table, all ? "nobody has called for help yet" : "no open calls");
  return Exit::ok;
}

struct TriggerOptions {
  std::string work_order, stage, reason;
  std::string severity{to_string(Severity::high)};
};

std::string new_andon_id(const TriggerOptions& options) {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return "andon-" + Digest::of_parts({options.work_order, options.stage, options.reason, std::to_string(now)})
                        .hex()
                        .substr(0, 16);
}

Outcome trigger(Shell& shell, const TriggerOptions& options) {
  auto line = TCPS_TRY(shell.line());
  TCPS_TRY(line->bus());
  proto::AndonRaised call;
  call.set_andon_id(new_andon_id(options));
  call.set_kind(std::string(to_string(AndonKind::pulled)));
  call.set_stage(options.stage);
  call.set_reason(options.reason);
  call.set_severity(options.severity);
  call.set_raised_by(client::person_name());
  call.set_raised_at(client::now_text());
  if (!options.work_order.empty()) {
    auto order = TCPS_TRY(line->ask("work-order", {{"id", options.work_order}}));
    call.set_work_order_id(options.work_order);
    call.set_attempt(order.value("attempt", 1u));
  }
  auto position = TCPS_TRY(client::decide(*line, call));
  shell.out().document({{"id", call.andon_id()}, {"admitted", true}, {"position", position}});
  shell.out().text(fmt::format("{} raised at position {}; resolve it with tcps andon resolve {}",
                               call.andon_id(), position, call.andon_id()));
  return Exit::ok;
}

Outcome acknowledge(Shell& shell, const std::string& id) {
  auto line = TCPS_TRY(shell.line());
  proto::AndonAcknowledged message;
  message.set_andon_id(id);
  message.set_by(client::person_name());
  message.set_at(client::now_text());
  auto position = TCPS_TRY(client::decide(*line, message));
  shell.out().document({{"id", id}, {"admitted", true}, {"position", position}});
  shell.out().text(fmt::format("{} acknowledged", id));
  return Exit::ok;
}

struct ResolveOptions {
  std::string id, resolution;
  std::string disposition{to_string(Disposition::resume)};
};

Outcome resolve(Shell& shell, const ResolveOptions& options) {
  auto line = TCPS_TRY(shell.line());
  proto::AndonResolved message;
  message.set_andon_id(options.id);
  message.set_resolution(options.resolution);
  message.set_disposition(options.disposition);
  message.set_by(client::person_name());
  message.set_at(client::now_text());
  auto position = TCPS_TRY(client::decide(*line, message));
  shell.out().document(
      {{"id", options.id}, {"disposition", options.disposition}, {"admitted", true}, {"position", position}});
  shell.out().text(fmt::format("{} resolved: {}", options.id, options.disposition));
  return Exit::ok;
}

void add_resolve(Shell& shell, CLI::App* group) {
  auto options = std::make_shared<ResolveOptions>();
  CLI::App* command = shell.command(group, "resolve", "close a call and say what becomes of its work order",
                                    [&shell, options] { return resolve(shell, *options); });
  command->add_option("andon", options->id, "id of the call")->required();
  command->add_option("--resolution", options->resolution, "what was found and done")->required();
  command
      ->add_option("--disposition", options->disposition,
                   "resume: at the failed stage; keep: leave it aside; cancel: close it")
      ->check(CLI::IsMember(word_texts<Disposition>()))
      ->capture_default_str();
}

}  // namespace

void add_andon_commands(Shell& shell) {
  CLI::App* group = shell.group("andon", "calls for help");
  auto all = std::make_shared<bool>(false);
  shell.command(group, "list", "open calls", [&shell, all] { return list(shell, *all); })
      ->add_flag("--all", *all, "resolved ones too");
  auto options = std::make_shared<TriggerOptions>();
  CLI::App* command =
      shell.command(group, "trigger", "pull the cord: stop the line, a stage, or a work order",
                    [&shell, options] { return trigger(shell, *options); });
  command->add_option("--work-order", options->work_order,
                      "the work order to set aside; without it the line or stage stops");
  command->add_option("--stage", options->stage, "the stage to stop");
  command->add_option("--severity", options->severity, list_words<Severity>())
      ->check(CLI::IsMember(word_texts<Severity>()))
      ->capture_default_str();
  command->add_option("--reason", options->reason, "what is abnormal")->required();
  auto id = std::make_shared<std::string>();
  shell
      .command(group, "ack", "say that somebody looks at it",
               [&shell, id] { return acknowledge(shell, *id); })
      ->add_option("andon", *id, "id of the call")
      ->required();
  add_resolve(shell, group);
}

}  // namespace tcps::cli
