// tcps ledger countersign: a second person's signature below a decision that is in the ledger already, as
// release policies ask for (docs/formats/policy.md).
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/tcps/ledger/entry_name.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

Outcome countersign(Shell& shell, const EntryName& which) {
  auto request = TCPS_TRY(which.request());
  auto line = TCPS_TRY(shell.line());
  auto entry = TCPS_TRY(line->ask("entry", request));
  const std::string digest = entry.value("payload_digest", "");
  proto::Evidence evidence;
  evidence.set_name("countersignature");
  (*evidence.mutable_fields()->mutable_fields())["message"].set_string_value(digest);
  evidence.set_by(client::person_name());
  auto position = TCPS_TRY(client::decide(*line, evidence));
  shell.out().document({{"entry", entry["index"]}, {"payload_digest", digest}, {"position", position}});
  shell.out().text(fmt::format("entry {} ({}) is countersigned, at position {}", entry.value("index", 0),
                               view::short_digest(digest), position));
  return Exit::ok;
}

}  // namespace

void add_countersign_command(Shell& shell, CLI::App* group) {
  auto which = std::make_shared<EntryName>();
  which->add_to(*shell.command(group, "countersign", "sign a decision that another person made",
                               [&shell, which] { return countersign(shell, *which); }));
}

}  // namespace tcps::cli
