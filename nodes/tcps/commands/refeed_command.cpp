// tcps ledger refeed: goes on from one copy of the ledger when the bus is lost and the majority that would do
// so by itself will not come back.
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "actors/ledger/replication/epoch_opening.h"
#include "actors/ledger/replication/epoch_plan.h"
#include "actors/ledger/replication/line_log.h"
#include "actors/ledger/replication/stream_check.h"
#include "messages/subjects.h"
#include "nodes/tcps/shell.h"
#include "nodes/wiring/bus_connection.h"

namespace tcps::cli {
namespace {

constexpr uint64_t mebibyte = 1u << 20;

struct RefeedOptions {
  std::string bus_url, operator_key;
  uint64_t stream_mib = 2048;
  int replicas = 1;
  bool yes = false;
};

struct Copy {
  LineName line;
  std::string folder;
  std::unique_ptr<ledger::LedgerStore> store;
  std::optional<line::LineState> fold;
};

Result<Copy> open_copy(const client::Context& context) {
  auto name = TCPS_TRY(client::choose_line(context.line, client::lines_on_disk(context.data)));
  Copy copy{LineName::literal(name), {}, nullptr, std::nullopt};
  copy.folder = ledger::line_folder(context.data, copy.line);
  copy.store = TCPS_TRY(ledger::LedgerStore::open({.data_folder = copy.folder, .read_only = true}));
  copy.fold = TCPS_TRY(ledger::rebuild_fold(*copy.store, copy.line, line::LineState::verify_directly));
  return copy;
}

Outcome refeed(Shell& shell, const RefeedOptions& options) {
  auto context = TCPS_TRY(shell.context());
  auto copy = TCPS_TRY(open_copy(context));
  auto key = PrivateKey::load(options.operator_key.empty() ? context.operator_key : options.operator_key);
  if (!key) return fail(key.error().at("the operator's key"));
  auto bus = TCPS_TRY(wiring::connect_bus({options.bus_url, "tcps ledger refeed", context.credentials, {}}));
  const auto stream = stream_name(copy.line, copy.fold->epoch());
  auto finding = TCPS_TRY(ledger::look_at_stream(*bus, stream, *copy.store, copy.folder));
  if (finding.state != ledger::StreamState::lost) {
    return fail(ErrorCode::refused,
                fmt::format("stream {} is not lost: start the nodes, they follow it by themselves", stream));
  }
  const auto head = copy.store->head();
  const uint32_t epoch = copy.fold->epoch() + 1;
  const uint64_t first = std::max(head.next.sequence, finding.info.last_sequence) + ledger::epoch_margin;
  if (!options.yes) {
    return fail(
        ErrorCode::refused,
        fmt::format(
            "{}; epoch {} would begin from the {} entries in {} (root {}), and what other copies hold "
            "beyond is given up; repeat with --yes when no larger copy exists",
            finding.reason, epoch, head.size, copy.folder, head.root.to_string()));
  }
  ledger::EpochOpening opening;
  opening.bus = bus.get();
  opening.stream.subjects = {work_wildcard(copy.line), event_wildcard(copy.line)};
  opening.stream.bytes_max = options.stream_mib * mebibyte;
  opening.stream.replicas = options.replicas;
  opening.fold = &*copy.fold;
  opening.store = copy.store.get();
  opening.signer = key->get();
  opening.by = client::person_name();
  opening.unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
  TCPS_TRY(ledger::open_epoch(opening, first));
  shell.out().document({{"line", copy.line.str()},
                        {"epoch", epoch},
                        {"stream", stream_name(copy.line, epoch)},
                        {"first_sequence", first},
                        {"entries", head.size},
                        {"root", head.root.to_string()}});
  shell.out().text(fmt::format("epoch {} of {} begins from {} entries; the nodes join it by themselves",
                               epoch, copy.line.str(), head.size));
  return Exit::ok;
}

}  // namespace

void add_refeed_command(Shell& shell, CLI::App* ledger_group) {
  auto options = std::make_shared<RefeedOptions>();
  CLI::App* command = shell.command(ledger_group, "refeed",
                                    "go on from this copy when the bus is lost and no majority comes back",
                                    [&shell, options] { return refeed(shell, *options); });
  command->add_option("--bus", options->bus_url, "the line's NATS server")->required();
  command->add_option("--operator-key", options->operator_key, "PEM file that signs the new epoch");
  command->add_option("--stream-mib", options->stream_mib, "bytes that the new stream may hold, in MiB")
      ->check(CLI::Range(64, 1 << 20));
  command->add_option("--replicas", options->replicas, "copies of the stream in the NATS cluster")
      ->check(CLI::Range(1, 5));
  command->add_flag("--yes", options->yes, "do it: give up what only other copies hold");
}

}  // namespace tcps::cli
