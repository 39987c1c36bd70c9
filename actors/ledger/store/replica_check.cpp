#include "actors/ledger/store/replica_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps::ledger {
namespace {

constexpr size_t checkpoints_read_at_once = 256;

// Bucket and SKU are the fold's, and the time of an entry that says none is that of the one before.
Status check_summary(const EntryFacets& stored, const LineMessage& message) {
  EntryFacets said = facets_of(message);
  if (said.bucket.empty()) said.bucket = stored.bucket;
  if (said.sku.empty()) said.sku = stored.sku;
  if (said.time_ms == 0) said.time_ms = stored.time_ms;
  return said == stored ? Status{}
                        : fail(ErrorCode::corrupt, "its summary in the index is not what the message says");
}

Result<LineMessage> genesis_of(LedgerStore& store) {
  auto first = TCPS_TRY(store.entry(0));
  auto message = LineMessage::decode(first.envelope());
  if (!message) return fail(ErrorCode::corrupt, "entry 0: " + message.error().message);
  if (!std::holds_alternative<proto::Genesis>(message->predicate))
    return fail(ErrorCode::corrupt, "entry 0: the first entry is not a genesis");
  return message;
}

}  // namespace

JudgedRange judge_range(LedgerStore& store, const LineName& line, uint64_t from, uint64_t to,
                        const KnownKeys& keys) {
  JudgedRange judged;
  judged.rows.reserve(to - from);
  judged.read = store.entries(from, to, [&](const StoredEntry& stored) {
    judged.rows.push_back(
        {judge_alone(line, stored, keys), fail(ErrorCode::corrupt, "its summary is missing in the index")});
    return true;
  });
  if (!judged.read || judged.rows.empty()) return judged;
  auto row = judged.rows.begin();
  const ScanRange summaries{summary_key(from), summary_key(to), false, false};
  const auto read = store.tables().scan(Table::indexes, summaries, [&](BytesView key, BytesView value) {
    while (row != judged.rows.end() && summary_key(row->entry.index) < key) ++row;
    if (row == judged.rows.end() || summary_key(row->entry.index) != key || !row->entry.message) return true;
    const auto summary = decode_facets(value);
    row->summary = summary ? check_summary(*summary, *row->entry.message) : Status(fail(summary.error()));
    return true;
  });
  if (!read) judged.rows.front().summary = fail(read.error());
  return judged;
}

Result<std::shared_ptr<const KnownKeys>> genesis_keys(LedgerStore& store) {
  auto message = TCPS_TRY(genesis_of(store));
  auto keys = std::make_shared<KnownKeys>();
  for (const auto& entry : std::get<proto::Genesis>(message.predicate).keys()) {
    auto key = PublicKey::from_base64(entry.public_key());
    if (key && key->id().to_string() == entry.key_id()) keys->emplace(entry.key_id(), std::move(*key));
  }
  return std::shared_ptr<const KnownKeys>(std::move(keys));
}

Result<LineName> line_of(LedgerStore& store) {
  auto message = TCPS_TRY(genesis_of(store));
  auto line = LineName::parse(std::get<proto::Genesis>(message.predicate).line());
  if (!line) return fail(ErrorCode::corrupt, "entry 0: " + line.error().message);
  return line;
}

ReplicaCheck::ReplicaCheck(LedgerStore& store, const LineName& line, const TrustedHead& head,
                           ChainHandler handler)
    : store_(store), line_(line), chain_(line, head, std::move(handler)) {}

bool ReplicaCheck::found(uint64_t index, const Status& status) {
  if (!status) chain_.refuse({index, {}, {}, status.error().message});
  return status.has_value();
}

bool ReplicaCheck::take(const JudgedRow& row) {
  const auto label = [this](uint64_t index) {
    const auto known = store_.summary(index);
    return known ? EntryLabel{known->facets.work_order, known->facets.stage} : EntryLabel{};
  };
  if (!chain_.take(row.entry, label)) return false;
  const auto& [work_order, stage] = row.entry.label;
  if (!row.summary) {
    chain_.refuse({row.entry.index, work_order, stage, row.summary.error().message});
    return false;
  }
  tree_.append(row.entry.leaf);
  if (chain_.size() % tlog::tile_width == 0 && !found(row.entry.index, check_filled_tiles())) return false;
  return found(row.entry.index, check_checkpoints());
}

Status ReplicaCheck::check_filled_tiles() {
  for (auto& tile : tree_.take_changed()) {
    if (tile.address.width != tlog::tile_width) {
      partial_[tile.address.level] = std::move(tile);
      continue;
    }
    partial_.erase(tile.address.level);
    TCPS_TRY(check_tile(tile));
  }
  return {};
}

Status ReplicaCheck::check_tile(const tlog::TileWriter::Tile& tile) {
  auto stored = store_.tile(tile.address);
  if (!stored) return fail(stored.error().at(tlog::tile_path(tile.address)));
  if (*stored != tile.hashes)
    return fail(ErrorCode::corrupt,
                fmt::format("{} is not what the entries hash to", tlog::tile_path(tile.address)));
  ++tiles_;
  return {};
}

Result<const tlog::SignedCheckpoint*> ReplicaCheck::next_checkpoint() {
  if (pending_.empty() && !all_read_) {
    auto more = TCPS_TRY(store_.checkpoints(last_checkpoint_size_ + 1, checkpoints_read_at_once));
    all_read_ = more.size() < checkpoints_read_at_once;
    if (!more.empty()) last_checkpoint_size_ = more.back().checkpoint.size;
    pending_.assign(std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return pending_.empty() ? nullptr : &pending_.front();
}

Status ReplicaCheck::check_checkpoints() {
  auto next = next_checkpoint();
  while (next && *next != nullptr && (*next)->checkpoint.size == chain_.size()) {
    TCPS_TRY(check_checkpoint(**next));
    ++checkpoints_;
    pending_.pop_front();
    next = next_checkpoint();
  }
  return next ? Status{} : fail(next.error());
}

// Of this log and root, and signed by somebody whom the log has named by now.
Status ReplicaCheck::check_checkpoint(const tlog::SignedCheckpoint& stored) const {
  const auto& [origin, size, root, extensions] = stored.checkpoint;
  const auto wrong = [size = size](const std::string& what) {
    return fail(ErrorCode::corrupt, fmt::format("the stored checkpoint of {} entries {}", size, what));
  };
  if (origin != tlog::checkpoint_origin(line_, chain_.genesis())) return wrong("is of log " + origin);
  if (root != chain_.root()) return wrong("has another root than the entries");
  for (const tlog::NoteSignature& signature : stored.note.signatures) {
    for (const auto& [id, key] : *chain_.known_keys()) {
      const auto note_key = tlog::NoteKey::make(signature.name, tlog::NoteKeyType::ed25519, key);
      if (!note_key || note_key->id() != signature.key_id) continue;
      if (!tlog::verify_note(stored.note, *note_key)) return wrong("carries a signature that is not good");
      return {};
    }
  }
  return wrong("is signed by nobody whom the log names");
}

// The tree's right edge, and that no checkpoint reaches beyond it.
Status ReplicaCheck::check_end() {
  TCPS_TRY(check_filled_tiles());
  for (const auto& [level, tile] : partial_) {
    TCPS_TRY(check_tile(tile));
  }
  const auto beyond = TCPS_TRY(next_checkpoint());
  if (beyond == nullptr) return {};
  return fail(ErrorCode::corrupt, fmt::format("a checkpoint of {} entries is stored, the log has {}",
                                              beyond->checkpoint.size, chain_.size()));
}

ChainReport ReplicaCheck::finish() {
  if (chain_.passed()) found(std::max<uint64_t>(chain_.size(), 1) - 1, check_end());
  return chain_.finish();
}

}  // namespace tcps::ledger
