#include "actors/ledger/replication/rebuild.h"

#include <fmt/format.h>

#include "actors/ledger/store/ledger_records.pb.h"

namespace tcps::ledger {
namespace {

constexpr uint64_t entries_per_page_max = 4096;

tl::unexpected<Error> bad_page(const std::string& why) {
  return fail(ErrorCode::corrupt, "the peer's page of the log " + why + ": ask another replica");
}

class StoreTiles final : public tlog::TileReader {
 public:
  explicit StoreTiles(LedgerStore& store) : store_(store) {}
  Result<Bytes> tile(const tlog::TileAddress& address) override { return store_.tile(address); }

 private:
  LedgerStore& store_;
};

Result<std::vector<Digest>> parse_proof(const google::protobuf::RepeatedPtrField<std::string>& raw) {
  std::vector<Digest> proof;
  for (const auto& one : raw) {
    auto digest = Digest::from_raw(one);
    if (!digest) return bad_page("has a malformed proof");
    proof.push_back(*digest);
  }
  return proof;
}

// Of the work order that the message concerns, before the message is applied: afterwards it may have left the
// fold.
std::string bucket_of(const line::LineState& line, const Predicate& predicate) {
  return std::visit(
      [&](const auto& message) -> std::string {
        if constexpr (requires { message.work_order_id(); }) {
          auto id = WorkOrderId::parse(message.work_order_id());
          const auto* order = id ? line.find(*id) : nullptr;
          return order == nullptr ? "" : std::string(to_string(order->bucket));
        } else {
          return {};
        }
      },
      predicate);
}

}  // namespace

Result<Bytes> entry_page(LedgerStore& store, uint64_t from, uint64_t target) {
  if (from >= target || target > store.head().size) {
    return fail(ErrorCode::invalid, fmt::format("entries {} to {} were asked for, the ledger has {}", from,
                                                target, store.head().size));
  }
  proto::EntryPage page;
  size_t bytes = 0;
  Status status;
  auto read =
      store.entries(from, std::min(target, from + entries_per_page_max), [&](const StoredEntry& stored) {
        if (!stored.entry) {
          status = fail(stored.entry.error());
          return false;
        }
        auto serialized = stored.entry->SerializeAsString();
        bytes += serialized.size() + 8;
        if (bytes > page_bytes_max && page.entries_size() > 0) return false;
        page.add_entries(std::move(serialized));
        return true;
      });
  TCPS_TRY(status);
  TCPS_TRY(read);
  auto proof = TCPS_TRY(store.consistency(from + static_cast<uint64_t>(page.entries_size()), target));
  for (const Digest& digest : proof) page.add_proof(std::string(digest.raw()));
  return page.SerializeAsString();
}

Result<tlog::CompactRange> right_edge(LedgerStore& store) {
  const uint64_t size = store.head().size;
  StoreTiles tiles(store);
  tlog::TileHashReader nodes(size, tiles);
  std::vector<Digest> frontier;
  for (const auto& address : tlog::frontier_addresses(size)) {
    auto node = TCPS_TRY(nodes.node(address));
    frontier.push_back(node);
  }
  return tlog::CompactRange::restore(size, std::move(frontier));
}

ReplicaRegister registered_replicas(const line::LineState& line) {
  ReplicaRegister replicas;
  for (const auto* grant : line.keys().all()) {
    if (grant->has(Role::replica)) replicas.add_key(grant->key_id, grant->owner, grant->key);
  }
  for (const auto& [node, position] : line.replicas()) replicas.add_replica(node);
  return replicas;
}

Result<LogPage> LogPage::parse(BytesView bytes) {
  proto::EntryPage raw;
  if (!raw.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return bad_page("is malformed");
  if (raw.entries().empty()) return bad_page("has no entries");
  auto proof = TCPS_TRY(parse_proof(raw.proof()));
  LogPage page;
  page.proof_ = std::move(proof);
  page.entries_.resize(static_cast<size_t>(raw.entries_size()));
  for (size_t i = 0; i < page.entries_.size(); ++i) {
    if (!page.entries_[i].stored.ParseFromString(raw.entries(static_cast<int>(i))))
      return bad_page("has a malformed entry");
  }
  return page;
}

void LogPage::decode(size_t index, const line::KeyRing& keys, line::SignatureMemo& memo) {
  Entry& entry = entries_[index];
  entry.leaf = tlog::leaf_hash(entry.stored.envelope());
  auto message = LineMessage::decode(entry.stored.envelope());
  if (message && message->envelope.signatures.size() == 1) {
    const auto* grant = keys.find(message->envelope.signatures.front().key_id);
    if (grant != nullptr) memo.verify_ahead(*message, grant->key);
  }
  entry.message = std::move(message);
}

Rebuild::Rebuild(line::LineState state, tlog::CompactRange tree, SizedRoot target,
                 std::optional<Digest> genesis)
    : state_(std::move(state)), tree_(std::move(tree)), target_(target), genesis_(genesis) {
  TCPS_CHECK(tree_.size() <= target_.size);
  state_.set_check([memo = memo_](const LineMessage& message, size_t index, const PublicKey& key) {
    return memo->check(message, index, key);
  });
}

Result<Group> Rebuild::take(LogPage page) {
  if (page.size() > target_.size - tree_.size()) return bad_page("has too many entries");
  tlog::CompactRange grown = tree_;
  for (const auto& entry : page.entries_) {
    TCPS_CHECK(entry.message.has_value());
    grown.append(entry.leaf);
  }
  if (!tlog::verify_consistency(grown.size(), target_.size, page.proof_, grown.root(), target_.root)) {
    return bad_page(fmt::format("(entries {} to {}) is not part of the tree of {} entries with root {}",
                                tree_.size(), grown.size(), target_.size, target_.root.to_string()));
  }
  Group group;
  for (auto& one : page.entries_) {
    auto entry = TCPS_TRY(take_entry(std::move(one)));
    group.next = {entry.position.epoch, entry.position.sequence + 1};
    group.admitted.push_back(std::move(entry));
  }
  tree_ = std::move(grown);
  return group;
}

Result<AdmittedEntry> Rebuild::take_entry(LogPage::Entry entry) {
  auto& [stored, leaf, message_or_error] = entry;
  if (!*message_or_error)
    return bad_page("has an entry that is no message: " + message_or_error->error().message);
  const LineMessage& message = **message_or_error;
  if (state_.genesis().empty() && genesis_ && message.payload_digest != *genesis_) {
    return bad_page(fmt::format("begins with genesis {}, pinned is {}", message.payload_digest.to_string(),
                                genesis_->to_string()));
  }
  if (stored.sequence() <= state_.position()) return bad_page("has entries whose positions do not rise");
  AdmittedEntry admitted{{stored.epoch(), stored.sequence()},
                         std::move(*stored.mutable_subject()),
                         std::move(*stored.mutable_envelope()),
                         facets_of(message)};
  if (admitted.facets.bucket.empty()) admitted.facets.bucket = bucket_of(state_, message.predicate);
  auto verdict = state_.apply(stored.sequence(), admitted.subject, message);
  if (!verdict.admitted) {
    return bad_page(fmt::format("has an entry (at position {}) that the line refuses: {}", stored.sequence(),
                                verdict.reason));
  }
  return admitted;
}

Status Rebuild::check_certified(const tlog::SignedCheckpoint& checkpoint) const {
  TCPS_CHECK(complete());
  const auto genesis = Digest::parse(state_.genesis());
  const bool same = genesis && checkpoint.checkpoint.size == target_.size &&
                    checkpoint.checkpoint.root == target_.root &&
                    checkpoint.checkpoint.origin == tlog::checkpoint_origin(state_.line(), *genesis);
  const auto replicas = registered_replicas(state_).set();
  if (same && is_certified(checkpoint, replicas)) return {};
  return fail(
      ErrorCode::refused,
      fmt::format("the peer's checkpoint of {} entries carries the words of {} of the {} replicas that its "
                  "log names: ask another replica",
                  target_.size, same ? signers_of(checkpoint, replicas).size() : 0, replicas.size()));
}

}  // namespace tcps::ledger
