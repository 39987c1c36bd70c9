#include "nodes/tcps/ledger/ledger_export.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/ledger/queries/bundle_export.h"
#include "messages/files.h"

namespace tcps::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto checkpoint_wait_max = 15s;
constexpr auto checkpoint_wait_step = 250ms;

struct ExportOptions {
  std::string work_order, file, checkpoint;
};

// A running factory makes a newer checkpoint when the newest does not cover the work order's last entry.
Result<ledger::Bundle> export_when_covered(client::LineAccess& line, const std::string& work_order,
                                           const std::optional<tlog::Checkpoint>& older) {
  const auto ask = [&line](const std::string& query, const json& request) {
    return line.ask(query, request);
  };
  const auto deadline = std::chrono::steady_clock::now() + checkpoint_wait_max;
  for (;;) {
    auto bundle = ledger::export_bundle(ask, work_order, older);
    const bool may_come = !bundle && bundle.error().code == ErrorCode::unavailable && line.bus();
    if (!may_come || std::chrono::steady_clock::now() > deadline) return bundle;
    std::this_thread::sleep_for(checkpoint_wait_step);
  }
}

Result<std::optional<tlog::Checkpoint>> read_older(const std::string& path) {
  if (path.empty()) return std::nullopt;
  const auto bytes = TCPS_TRY(read_input(path, tlog::note_bytes_max));
  auto parsed = tlog::SignedCheckpoint::parse(bytes);
  if (!parsed) return fail(parsed.error().at(path));
  return std::optional(std::move(parsed->checkpoint));
}

Outcome write_export(Shell& shell, const ExportOptions& options) {
  auto older = TCPS_TRY(read_older(options.checkpoint));
  auto line = TCPS_TRY(shell.line());
  auto bundle = TCPS_TRY(export_when_covered(*line, options.work_order, older));
  const Bytes bytes = bundle.encode();
  if (options.file == "-") {
    shell.out().raw(bytes);
    return Exit::ok;
  }
  std::ofstream file(options.file, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) return fail(ErrorCode::io, fmt::format("{}: cannot be written", options.file));
  const auto& head = bundle.checkpoint.checkpoint;
  shell.out().document({{"file", options.file},
                        {"bytes", bytes.size()},
                        {"work_order", bundle.work_order},
                        {"state", bundle.state},
                        {"entries", bundle.entries.size()},
                        {"origin", head.origin},
                        {"size", head.size},
                        {"root", head.root.to_string()}});
  shell.out().text(
      fmt::format("{}: {} entries about work order {} ({}), proven by the checkpoint of {} entries",
                  options.file, bundle.entries.size(), bundle.work_order, bundle.state, head.size));
  shell.out().text("check it with tcps-audit verify bundle " + options.file + " --key ...");
  return Exit::ok;
}

}  // namespace

void add_ledger_export(Shell& shell, CLI::App* group) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      shell.command(group, "export", "one work order's receipts with all that proves them, as one file",
                    [&shell, options] { return write_export(shell, *options); });
  command->add_option("work-order", options->work_order, "id of the work order")->required();
  command->add_option("-o,--output", options->file, "file to write; - for standard output")->required();
  command->add_option("--checkpoint", options->checkpoint,
                      "file of a checkpoint that the reader keeps: also prove that the log continues it");
}

}  // namespace tcps::cli
