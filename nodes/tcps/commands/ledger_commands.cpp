// tcps ledger ...
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "messages/text.h"
#include "nodes/tcps/ledger/ledger_backup.h"
#include "nodes/tcps/ledger/ledger_export.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

// To standard output the note alone: whoever keeps it redirects it to a file, which others read as a note.
Outcome checkpoint(Shell& shell) {
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(line->ask("checkpoint", json::object()));
  shell.out().document(reply);
  if (shell.out().json) return Exit::ok;
  shell.out().raw(reply.value("note", ""));
  std::cerr << "signed by " << printable(reply.value("key", "")) << '\n';
  return Exit::ok;
}

struct EntriesOptions {
  uint64_t from = 0;
  size_t limit = 100;
  std::string kind, work_order, artifact, page;
  bool refused = false;
};

Outcome refused(Shell& shell, client::LineAccess& line, const EntriesOptions& options) {
  auto reply = TCPS_TRY(line.ask("refused", {{"from", options.from}, {"limit", options.limit}}));
  shell.out().document(reply);
  view::Table table({"SEQUENCE", "BYTES", "SUBJECT", "REASON"});
  for (const json& row : reply["refused"]) {
    table.add({std::to_string(row.value("sequence", uint64_t{0})),
               std::to_string(row.value("size_bytes", uint64_t{0})), view::fit(row.value("subject", ""), 60),
               row.value("reason", "")});
  }
  shell.out().table(table, "nothing was refused");
  return Exit::ok;
}

json request_of(const EntriesOptions& options) {
  json request = {{"limit", options.limit}};
  if (!options.kind.empty()) request["kind"] = options.kind;
  if (!options.work_order.empty()) request["work_order"] = options.work_order;
  if (!options.artifact.empty()) request["artifact"] = options.artifact;
  if (!options.page.empty()) request["page"] = options.page;
  if (request.size() == 1) request["from"] = options.from;
  return request;
}

Outcome entries(Shell& shell, const EntriesOptions& options) {
  auto line = TCPS_TRY(shell.line());
  if (options.refused) return refused(shell, *line, options);
  auto reply = TCPS_TRY(line->ask("entries", request_of(options)));
  shell.out().document(reply);
  view::Table table({"ENTRY", "SEQUENCE", "KIND", "WORK ORDER", "STAGE", "STATUS", "DIGEST"});
  for (const json& row : reply["entries"]) {
    table.add({std::to_string(row.value("index", uint64_t{0})),
               std::to_string(row.value("sequence", uint64_t{0})), row.value("kind", ""),
               row.value("work_order", ""), row.value("stage", ""), row.value("status", ""),
               view::short_digest(row.value("payload_digest", ""))});
  }
  shell.out().table(table, "no entries");
  if (reply["next"].is_string())
    shell.out().text(fmt::format("more: --page {}", reply["next"].get<std::string>()));
  return Exit::ok;
}

}  // namespace

void add_ledger_commands(Shell& shell) {
  CLI::App* group = shell.group("ledger", "the line's log");
  add_refeed_command(shell, group);
  shell.command(group, "checkpoint", "the newest signed tree head", [&shell] { return checkpoint(shell); });
  add_ledger_export(shell, group);
  add_countersign_command(shell, group);
  add_ledger_backup(shell, group);
  auto options = std::make_shared<EntriesOptions>();
  CLI::App* command = shell.command(group, "entries", "entries in order, or those with given fields",
                                    [&shell, options] { return entries(shell, *options); });
  command->add_option("--from", options->from, "first entry");
  command->add_option("--limit", options->limit, "rows at most")->check(CLI::Range(1, 1000));
  command->add_option("--kind", options->kind,
                      "only of this kind: receipt, acceptance, decision, andon-raised, ...");
  command->add_option("--work-order", options->work_order, "only about this work order");
  command->add_option("--artifact", options->artifact, "only those that made the file of this digest");
  command->add_option("--page", options->page, "go on where an earlier list ended");
  command->add_flag("--refused", options->refused, "what was refused instead, with the reasons");
  add_ledger_query_commands(shell, group);
  add_trace_command(shell, group);
}

}  // namespace tcps::cli
