// tcps-audit-fsck, which tcps-audit starts as `tcps-audit fsck`: rechecks a whole replica from its stored
// bytes.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/ledger/tlog/outside_checkpoint.h"
#include "nodes/audit/fsck/parallel_check.h"
#include "nodes/audit/pins.h"
#include "nodes/audit/program.h"

namespace tcps::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

struct FsckOptions {
  std::string data, line;
  size_t threads = 0;
  PinOptions pins;
};

// The line's own folder, given that, or a factory's data folder.
Result<std::string> line_folder(const FsckOptions& options) {
  std::error_code error;
  if (fs::exists(options.data + "/ledger", error)) return options.data;
  std::vector<std::string> lines;
  for (const auto& entry : fs::directory_iterator(options.data + "/lines", error)) {
    const std::string name = entry.path().filename().string();
    if (fs::exists(entry.path() / "ledger") && (options.line.empty() || name == options.line))
      lines.push_back(entry.path().string());
  }
  if (lines.size() == 1) return lines.front();
  if (lines.empty()) return fail(ErrorCode::not_found, options.data + ": no ledger is here");
  return fail(ErrorCode::invalid, options.data + ": there are several lines; choose one with --line");
}

// What the check starts from, and a warning when it lies beside the store.
Result<tlog::SignedCheckpoint> trusted_checkpoint(const Program& program, const FsckOptions& options,
                                                  const std::string& folder) {
  if (!options.pins.checkpoint.empty()) return read_checkpoint(options.pins.checkpoint);
  auto outside = TCPS_TRY(tlog::read_outside_checkpoint(folder));
  if (!outside) {
    return fail(ErrorCode::not_found,
                tlog::outside_checkpoint_path(folder) +
                    " is missing, and so is --checkpoint: there is nothing to start from");
  }
  program.note(
      fmt::format("warning: starting from {}, which who can write the store can write too: give a "
                  "checkpoint that you keep elsewhere with --checkpoint",
                  tlog::outside_checkpoint_path(folder)));
  return std::move(*outside);
}

// Errors: corrupt, when none of the pinned keys signed it.
Status check_signers(const Program& program, const tlog::SignedCheckpoint& checkpoint,
                     const std::vector<tlog::NoteKey>& keys) {
  for (const tlog::NoteKey& key : keys) {
    if (signed_by(checkpoint.note, key)) return {};
  }
  if (!keys.empty()) return fail(ErrorCode::corrupt, "the checkpoint is signed by none of the given keys");
  program.note("warning: no --key: the checkpoint is taken at its word");
  return {};
}

CheckOptions check_options(const Program& program, const FsckOptions& options) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  CheckOptions check{options.threads == 0 ? cores : options.threads, nullptr};
  if (isatty(STDERR_FILENO) != 1) return check;
  check.progress = [&program, last = Clock::now()](uint64_t checked, uint64_t size) mutable {
    if (Clock::now() - last < std::chrono::seconds(1)) return;
    last = Clock::now();
    program.note(
        fmt::format("{} of {} entries ({} %)", checked, size, 100 * checked / std::max<uint64_t>(1, size)));
  };
  return check;
}

Exit report(const Program& program, const CheckResult& result, const tlog::Checkpoint& head, double seconds) {
  const auto& chain = result.report;
  json document = to_json(chain);
  document.erase("chains");
  document["origin"] = head.origin;
  document["checkpoint"] = {{"size", head.size}, {"root", head.root.to_string()}};
  document["tiles"] = result.tiles;
  document["checkpoints"] = result.checkpoints;
  document["index_items"] = result.index_items;
  document["seconds"] = seconds;
  program.document(document);
  program.line(fmt::format("log {}", head.origin));
  program.line(
      fmt::format("checked {} entries ({} receipts, {} work orders), {} tiles, {} checkpoints, {} index "
                  "items in {:.1f} s ({:.0f} entries/s)",
                  chain.entries, chain.receipts, chain.work_orders, result.tiles, result.checkpoints,
                  result.index_items, seconds, static_cast<double>(chain.entries) / std::max(seconds, 1e-6)));
  program.line(fmt::format("the trusted checkpoint covers {} of them, root {}", chain.covered,
                           chain.root.to_string()));
  program.line(chain.passed() ? "Replica check: PASS" : "Replica check: FAIL: " + chain.fault->sentence());
  return chain.passed() ? Exit::ok : Exit::failed;
}

Outcome fsck(const Program& program, const FsckOptions& options) {
  auto folder = TCPS_TRY(line_folder(options));
  auto keys = TCPS_TRY(read_keys(options.pins.keys));
  auto checkpoint = TCPS_TRY(trusted_checkpoint(program, options, folder));
  TCPS_TRY(check_signers(program, checkpoint, keys));
  ledger::StoreOptions store_options;
  store_options.data_folder = folder;
  store_options.read_only = true;
  auto store = TCPS_TRY(ledger::LedgerStore::open(store_options));
  auto line = TCPS_TRY(ledger::line_of(*store));
  const tlog::Checkpoint& head = checkpoint.checkpoint;
  const std::string origin = tlog::checkpoint_origin(line, store->head().genesis);
  if (head.origin != origin)
    return fail(ErrorCode::corrupt,
                fmt::format("the checkpoint is of log {}, the replica of {}", head.origin, origin));
  const auto begun = Clock::now();
  auto result =
      TCPS_TRY(check_replica(*store, line, {head.size, head.root}, check_options(program, options)));
  return report(program, result, head, std::chrono::duration<double>(Clock::now() - begun).count());
}

}  // namespace
}  // namespace tcps::audit

int main(int argc, char** argv) {
  using namespace tcps::audit;
  Program program("tcps-audit", "rechecks a whole replica of a line's ledger from its stored bytes");
  FsckOptions options;
  CLI::App* command =
      program.command(nullptr, "fsck", "recheck a whole replica from its stored bytes, with all cores",
                      [&] { return fsck(program, options); });
  command->add_option("data", options.data, "the replica's folder, or a factory's data folder")->required();
  command->add_option("--line", options.line, "the line; not needed where there is only one");
  command->add_option("--threads", options.threads, "threads that judge; one for each core when not given");
  options.pins.add_key_options(command);
  return program.run(argc, argv);
}
