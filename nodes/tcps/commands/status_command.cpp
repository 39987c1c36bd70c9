// tcps status
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/replication/replica_service.h"
#include "nodes/tcps/run/standstill.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

constexpr const char* halt_remedy =
    "it goes on by itself when a majority of the replicas answers; when they never will, see tcps ledger "
    "refeed (docs/how-to/recover.md)";

void print_status(view::Output& out, const json& s) {
  out.text(fmt::format("line      {} ({})", s.value("line", ""),
                       s.value("running", false) ? "running" : "stopped"));
  out.text(fmt::format("genesis   {}", s.value("genesis", "")));
  out.text(fmt::format("ledger    {} entries, {} refused, root {}", s.value("synced_size", 0),
                       s.value("refused", 0), s.value("root", "")));
  out.text(fmt::format("work      WIP {}/{}, backlog {}/{}, {} done", s.value("wip", 0),
                       s.value("wip_limit", 0), s.value("backlog", 0), s.value("backlog_limit", 0),
                       s.value("done", 0)));
  out.text(fmt::format("andons    {} open{}", s.value("open_andons", 0),
                       s.value("line_stopped", false) ? ", the line is stopped" : ""));
  for (const json& stop : s["stops"]) {
    out.text(out.paint(
        fmt::format("STOPPED   {}: {}", stop.value("what", ""), printable(stop.value("reason", ""))),
        view::Colour::red));
    out.text(fmt::format("          {}", stop.value("remedy", "")));
  }
}

// While a line is halted its nodes answer no questions, but tell other replicas why.
Outcome halted_or(Shell& shell, client::LineAccess& line, const Error& error) {
  auto bus = line.bus();
  if (!bus || (error.code != ErrorCode::unavailable && error.code != ErrorCode::timeout)) return fail(error);
  auto said = ledger::ask_any_state(**bus, line.line());
  if (!said || !said->state.halted) return fail(error);
  const auto& state = said->state;
  shell.out().document({{"line", line.line().str()},
                        {"running", true},
                        {"halted", true},
                        {"node", state.node},
                        {"synced_size", state.head.size},
                        {"root", state.head.root.to_string()},
                        {"epoch", state.next.epoch},
                        {"reason", state.waits_for},
                        {"remedy", halt_remedy}});
  view::Output& out = shell.out();
  out.text(fmt::format("line      {} ({})", line.line().str(), out.paint("HALTED", view::Colour::red)));
  out.text(fmt::format("ledger    {} entries at {}, root {}", state.head.size, state.node,
                       state.head.root.to_string()));
  out.text(fmt::format("reason    {}", printable(state.waits_for)));
  out.text(fmt::format("remedy    {}", halt_remedy));
  return Exit::unreachable;
}

Outcome status(Shell& shell) {
  auto line = TCPS_TRY(shell.line());
  auto reply = line->ask("status", json::object());
  if (!reply) return halted_or(shell, *line, reply.error());
  (*reply)["running"] = line->bus().has_value();
  (*reply)["halted"] = false;
  (*reply)["stops"] = stops_of(*reply);
  shell.out().document(*reply);
  if (!shell.out().json) print_status(shell.out(), *reply);
  return Exit::ok;
}

}  // namespace

void add_status_command(Shell& shell) {
  shell.command(nullptr, "status", "where the line stands, what stops it, and what to do about it",
                [&shell] { return status(shell); });
}

}  // namespace tcps::cli
