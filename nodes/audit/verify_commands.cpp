// tcps-audit verify ...
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/chain/bundle.h"
#include "messages/files.h"
#include "nodes/audit/commands.h"
#include "nodes/audit/pins.h"

namespace tcps::audit {
namespace {

void print(const Program& program, const ledger::BundleReport& report) {
  program.document(to_json(report));
  for (const std::string& what : report.checked) program.line("checked: " + what);
  for (const auto& order : report.chain.chains) {
    program.line(fmt::format("work order {}: {}, {} receipts, chain {}", order.work_order,
                             to_string(order.state), order.outcomes.size(), order.hash().to_string()));
  }
  if (report.fault) {
    program.line("Bundle verification: FAIL: " + *report.fault);
  } else if (!report.pinned) {
    program.line(
        fmt::format("it says of itself: log {}, genesis {}", report.origin, report.genesis.to_string()));
    program.line(
        "Bundle verification: UNPINNED: all fits together, but nothing ties it to the log you mean; give "
        "--key, --genesis or --checkpoint, known to you from elsewhere");
  } else {
    program.line("Bundle verification: PASS");
  }
}

Outcome verify_bundle_file(const Program& program, const std::string& path, const PinOptions& options) {
  const auto pins = TCPS_TRY(read_pins(options));
  const auto bytes = TCPS_TRY(read_input(path, ledger::bundle_bytes_max));
  const auto bundle = ledger::Bundle::decode(bytes);
  if (!bundle) return fail(ErrorCode::corrupt, fmt::format("{}: {}", path, bundle.error().message));
  const auto report = ledger::verify_bundle(*bundle, pins);
  print(program, report);
  if (report.passed() && !pins.checkpoint && pins.keys.empty())
    program.note(
        "note: a pinned genesis trusts the log's own replicas; pin a checkpoint or a witness's key to "
        "exclude that they rewrote it");
  return report.passed() ? Exit::ok : Exit::failed;
}

}  // namespace

void add_verify_commands(Program& program) {
  CLI::App* group = program.group("verify", "check what a factory handed out");
  auto path = std::make_shared<std::string>();
  auto pins = std::make_shared<PinOptions>();
  CLI::App* command =
      program.command(group, "bundle", "one work order's receipts (tcps ledger export)",
                      [&program, path, pins] { return verify_bundle_file(program, *path, *pins); });
  command->add_option("file", *path, "the bundle")->required();
  pins->add_all_options(command);
}

}  // namespace tcps::audit
