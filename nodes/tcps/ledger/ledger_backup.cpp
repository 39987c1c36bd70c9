#include "nodes/tcps/ledger/ledger_backup.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "actors/ledger/store/ledger_copy.h"
#include "actors/ledger/store/store_chain_source.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "messages/canonical_json.h"
#include "messages/files.h"
#include "nodes/settings/data_folder.h"

namespace tcps::cli {
namespace {

namespace fs = std::filesystem;
using ledger::LedgerStore;
using nlohmann::json;

constexpr size_t description_bytes_max = 64u << 10;
constexpr size_t checkpoint_bytes_max = 64u << 10;

std::string description_path(const std::string& folder) { return folder + "/backup.json"; }
std::string line_folder(const std::string& data, const LineName& line) {
  return data + "/lines/" + line.str();
}

tl::unexpected<Error> disk_error(const std::string& path, const std::error_code& error) {
  return fail(ErrorCode::io, fmt::format("{}: {}", path, error.message()));
}

Result<LineName> line_of_backup(const std::string& folder) {
  auto text = read_file(description_path(folder), description_bytes_max);
  if (!text) return fail(text.error().at("this is no backup of a ledger"));
  auto description = parse_json(*text);
  if (!description || !description->is_object() || !description->contains("line"))
    return fail(ErrorCode::corrupt, description_path(folder) + " names no line: take another backup");
  return LineName::parse(description->value("line", ""));
}

// The folder may be written into: absent, empty, or a backup of this line.
Status check_target(const std::string& folder, const LineName& line) {
  std::error_code error;
  if (!fs::exists(folder, error) || fs::is_empty(folder, error))
    return error ? disk_error(folder, error) : Status{};
  auto named = line_of_backup(folder);
  if (named && *named == line) return {};
  return fail(ErrorCode::conflict,
              fmt::format("{} holds something else than a backup of line {}: name an empty folder", folder,
                          line.str()));
}

Status describe(const std::string& folder, const BackupReport& report) {
  const json description = {{"format", "tcps ledger backup 1"},
                            {"line", report.line.str()},
                            {"genesis", report.head.genesis.to_string()},
                            {"entries", report.head.size},
                            {"root", report.head.root.to_string()}};
  return replace_file(description_path(folder), description.dump(2) + "\n");
}

Result<std::unique_ptr<LedgerStore>> open_view(const std::string& folder) {
  return LedgerStore::open({.data_folder = folder, .read_only = true});
}

// ---- restoring

// The backup holds what the checkpoint vouches for.
Status check_against(LedgerStore& backup, const tlog::Checkpoint& checkpoint, const std::string& where) {
  if (checkpoint.size > backup.head().size) {
    return fail(
        ErrorCode::refused,
        fmt::format(
            "{} vouches for {} entries, the backup holds {}: restoring it would lose evidence; take a "
            "later backup, or rebuild from a peer",
            where, checkpoint.size, backup.head().size));
  }
  auto root = TCPS_TRY(backup.root(checkpoint.size));
  if (root == checkpoint.root) return {};
  return fail(
      ErrorCode::conflict,
      fmt::format(
          "{} says that the first {} entries have root {}, in the backup they have {}: it is of another "
          "log, or was altered",
          where, checkpoint.size, checkpoint.root.to_string(), root.to_string()));
}

Status check_given_checkpoint(LedgerStore& backup, const std::string& path) {
  if (path.empty()) return {};
  auto text = TCPS_TRY(read_input(path, checkpoint_bytes_max));
  auto checkpoint = tlog::SignedCheckpoint::parse(text);
  if (!checkpoint) return fail(checkpoint.error().at(path));
  return check_against(backup, checkpoint->checkpoint, path);
}

// What the data folder knows of the log: the checkpoint outside, and the ledger there when it can be opened.
Status check_in_place(LedgerStore& backup, const std::string& folder) {
  auto outside = TCPS_TRY(tlog::read_outside_checkpoint(folder));
  if (outside) {
    const auto path = tlog::outside_checkpoint_path(folder);
    TCPS_TRY(check_against(backup, outside->checkpoint, path));
  }
  auto present = open_view(folder);
  if (!present) return {};  // damaged or absent: that is what backups are for
  const ledger::Head head = (*present)->head();
  return check_against(backup, {{}, head.size, head.root, {}}, folder + "/ledger");
}

Status check_signatures(LedgerStore& backup, const LineName& line) {
  ledger::StoreChainSource source(backup);
  auto report = TCPS_TRY(ledger::verify_log(line, {backup.head().size, backup.head().root}, source,
                                            [](const ledger::WorkOrderChain&) {}));
  if (report.passed()) return {};
  return fail(ErrorCode::corrupt, fmt::format("the backup does not verify: {}", report.fault->sentence()));
}

// Builds the ledger beside its place, then moves it there. A crash in between leaves a line that does not
// open, by its checkpoint, and can be restored again.
Result<RestoreReport> put_in_place(LedgerStore& backup, const LineName& line, const std::string& folder) {
  const std::string building = folder + "/restoring";
  std::error_code error;
  fs::remove_all(building, error);
  if (!fs::create_directories(building, error)) return disk_error(building, error);
  {
    auto built = TCPS_TRY(LedgerStore::open({.data_folder = building}));
    TCPS_TRY(ledger::copy_ledger(backup, *built));
  }
  RestoreReport report{line, backup.head(), {}};
  if (fs::exists(folder + "/ledger", error)) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    report.aside = fmt::format("{}/ledger.replaced-{}", folder,
                               std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    fs::rename(folder + "/ledger", report.aside, error);
    if (error) return disk_error(report.aside, error);
  }
  fs::rename(building + "/ledger", folder + "/ledger", error);
  if (error) return disk_error(folder + "/ledger", error);
  TCPS_TRY(sync_folder(folder));
  auto restored = TCPS_TRY(tlog::read_outside_checkpoint(building));
  auto present = TCPS_TRY(tlog::read_outside_checkpoint(folder));
  const bool is_newer = restored && (!present || present->checkpoint.size < restored->checkpoint.size);
  if (is_newer) {
    TCPS_TRY(tlog::write_outside_checkpoint(folder, *restored));
  }
  fs::remove_all(building, error);
  return report;
}

// ---- commands

Outcome backup(Shell& shell, const std::string& folder) {
  auto context = TCPS_TRY(shell.context());
  if (!context.bus_url.empty()) {
    return fail(ErrorCode::invalid,
                "a backup is taken from the data folder of a node: run it on that machine with --data");
  }
  auto name = TCPS_TRY(client::choose_line(context.line, client::lines_on_disk(context.data)));
  auto report = TCPS_TRY(back_up_ledger(context.data, LineName::literal(name), folder));
  shell.out().document({{"line", name},
                        {"folder", folder},
                        {"entries", report.head.size},
                        {"copied", report.copied},
                        {"root", report.head.root.to_string()}});
  shell.out().text(fmt::format("line {}: {} entries in {} ({} of them new), root {}", name, report.head.size,
                               folder, report.copied, report.head.root.to_string()));
  return Exit::ok;
}

Outcome restore(Shell& shell, const std::string& folder, const std::string& checkpoint) {
  auto context = TCPS_TRY(shell.context());
  if (!context.bus_url.empty())
    return fail(ErrorCode::invalid, "a ledger is restored into a data folder: name it with --data");
  auto report = TCPS_TRY(restore_ledger(folder, context.data, checkpoint));
  const json aside = report.aside.empty() ? json() : json(report.aside);
  shell.out().document({{"line", report.line.str()},
                        {"entries", report.head.size},
                        {"root", report.head.root.to_string()},
                        {"replaced", aside}});
  shell.out().text(fmt::format("line {}: {} entries restored and verified, root {}", report.line.str(),
                               report.head.size, report.head.root.to_string()));
  if (!report.aside.empty()) shell.out().text(fmt::format("what was there before lies in {}", report.aside));
  return Exit::ok;
}

}  // namespace

Result<BackupReport> back_up_ledger(const std::string& data_folder, const LineName& line,
                                    const std::string& folder) {
  TCPS_TRY(check_target(folder, line));
  auto source = TCPS_TRY(open_view(line_folder(data_folder, line)));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return disk_error(folder, error);
  BackupReport report{line, source->head(), 0};
  TCPS_TRY(describe(folder, report));
  auto target = TCPS_TRY(LedgerStore::open({.data_folder = folder}));
  const uint64_t before = target->head().size;
  auto copied = TCPS_TRY(ledger::copy_ledger(*source, *target));
  report.copied = copied.size - before;
  return report;
}

Result<RestoreReport> restore_ledger(const std::string& folder, const std::string& data_folder,
                                     const std::string& checkpoint) {
  auto line = TCPS_TRY(line_of_backup(folder));
  auto backup = TCPS_TRY(open_view(folder));
  const auto lock = TCPS_TRY(node::DataFolder::lock(data_folder));
  const std::string place = line_folder(data_folder, line);
  std::error_code error;
  fs::create_directories(place, error);
  if (error) return disk_error(place, error);
  TCPS_TRY(check_given_checkpoint(*backup, checkpoint));
  TCPS_TRY(check_in_place(*backup, place));
  TCPS_TRY(check_signatures(*backup, line));
  return put_in_place(*backup, line, place);
}

void add_ledger_backup(Shell& shell, CLI::App* group) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = shell.command(group, "backup", "copy the ledger, of a running factory too, to a folder",
                                    [&shell, folder] { return backup(shell, *folder); });
  command->add_option("folder", *folder, "an empty folder, or an earlier backup, which is brought up to date")
      ->required();
  auto source = std::make_shared<std::string>();
  auto checkpoint = std::make_shared<std::string>();
  command =
      shell.command(group, "restore", "verify a backup and put it in place, while the factory stands still",
                    [&shell, source, checkpoint] { return restore(shell, *source, *checkpoint); });
  command->add_option("folder", *source, "made by tcps ledger backup")->required();
  command->add_option("--checkpoint", *checkpoint,
                      "a checkpoint from a peer or an auditor that the backup must contain");
}

}  // namespace tcps::cli
