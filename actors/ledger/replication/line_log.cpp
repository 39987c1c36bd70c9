#include "actors/ledger/replication/line_log.h"

#include <filesystem>

#include "actors/ledger/certification/certificate.h"
#include "actors/ledger/tlog/outside_checkpoint.h"

namespace tcps::ledger {
namespace {

// Folds what the store holds from `index` on. The signatures were judged when the entries were admitted; they
// are judged again by `tcps receipt verify-chain`.
Status fold_entries(LedgerStore& store, uint64_t index, line::LineState& state) {
  Status status;
  auto read = store.entries(index, store.head().size, [&](const StoredEntry& stored) {
    const auto& entry = stored.entry;
    if (!entry) {
      status = fail(entry.error());
      return false;
    }
    if (entry->sequence() <= state.position()) {
      status = fail(ErrorCode::corrupt, "ledger entry " + std::to_string(stored.index) +
                                            " stands at a position below the one before it: " +
                                            "rebuild this replica from a peer");
      return false;
    }
    auto message = LineMessage::decode(entry->envelope());
    auto verdict = message ? state.apply(entry->sequence(), entry->subject(), *message) : line::Verdict{};
    if (verdict.admitted) return true;
    status = fail(ErrorCode::corrupt,
                  "ledger entry " + std::to_string(stored.index) + " is refused by the fold (" +
                      (message ? verdict.reason : message.error().message) +
                      "): run tcps receipt verify-chain, and rebuild this replica from a peer");
    return false;
  });
  return status ? read : status;
}

}  // namespace

Result<line::LineState> rebuild_fold(LedgerStore& store, const LineName& line, line::SignatureCheck check) {
  auto trusting = [](const LineMessage&, size_t, const PublicKey&) { return true; };
  line::LineState state(line, trusting);
  uint64_t index = 0;
  if (auto snapshot = store.latest_snapshot()) {
    state = TCPS_TRY(line::LineState::load(line, snapshot->fold, trusting));
    index = snapshot->size;
  } else if (snapshot.error().code != ErrorCode::not_found) {
    return fail(snapshot.error());
  }
  TCPS_TRY(fold_entries(store, index, state));
  auto next = store.head().next.sequence;
  if (next > 0) state.advance(next - 1);
  state.set_check(std::move(check));
  return state;
}

std::string line_folder(const std::string& data_folder, const LineName& line) {
  return (std::filesystem::path(data_folder) / "lines" / line.str()).string();
}

namespace {

// The keys that verify a pinned replica's word on a checkpoint: as proposer or as cosigner of the log that it
// is of.
Result<std::vector<tlog::NoteKey>> note_keys(const std::string& folder,
                                             const std::vector<PinnedKey>& pinned) {
  std::vector<tlog::NoteKey> keys;
  if (pinned.empty()) return keys;
  auto outside = TCPS_TRY(tlog::read_outside_checkpoint(folder));
  if (!outside) return keys;
  const std::string& origin = outside->checkpoint.origin;
  for (const auto& pin : pinned) {
    for (auto key : {proposer_key(origin, pin.key), cosigner_key(origin, pin.node.str(), pin.key)}) {
      if (!key) return fail(key.error());
      keys.push_back(std::move(*key));
    }
  }
  return keys;
}

}  // namespace

Result<LineLog> open_line_log(const std::string& data_folder, const LineName& line,
                              const std::vector<PinnedKey>& pinned) {
  LineLog log;
  log.folder = line_folder(data_folder, line);
  std::error_code error;
  std::filesystem::create_directories(log.folder, error);
  if (error) return fail(ErrorCode::io, "folder " + log.folder + " cannot be made: " + error.message());
  auto keys = TCPS_TRY(note_keys(log.folder, pinned));
  log.store = TCPS_TRY(LedgerStore::open({.data_folder = log.folder, .checkpoint_keys = std::move(keys)}));
  log.memo = std::make_shared<line::SignatureMemo>();
  auto check = [memo = log.memo](const LineMessage& message, size_t index, const PublicKey& key) {
    return memo->check(message, index, key);
  };
  auto state = TCPS_TRY(rebuild_fold(*log.store, line, check));
  log.follow_from = std::max<uint64_t>(1, log.store->head().next.sequence);
  log.line = std::make_shared<line::SharedLine>(std::move(state));
  return log;
}

}  // namespace tcps::ledger
