#include "actors/ledger/queries/bundle_export.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/ledger/chain/replica_register.h"
#include "actors/ledger/tlog/merkle.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

Result<std::vector<Digest>> hashes_of(const json& list) {
  std::vector<Digest> hashes;
  for (const json& value : list) {
    auto raw = from_base64(value.is_string() ? value.get<std::string>() : "?");
    auto hash = raw ? Digest::from_raw(*raw) : Result<Digest>(tl::unexpect, raw.error());
    if (!hash) return fail(hash.error().at("proof of the factory"));
    hashes.push_back(*hash);
  }
  return hashes;
}

class BundleMaker {
 public:
  BundleMaker(const AskLine& ask, const std::string& work_order) : ask_(ask) {
    bundle_.work_order = work_order;
  }

  Result<Bundle> make(const std::optional<tlog::Checkpoint>& older) {
    TCPS_TRY(find_entries());
    TCPS_TRY(take_checkpoint());
    for (auto& [index, found] : found_) {
      if (index >= head().size) continue;  // a change of keys since
      TCPS_TRY(take_entry(index, found));
    }
    bundle_.keys = keep_signatures_of(bundle_.checkpoint.note, replicas_.keys_named());
    if (older) {
      TCPS_TRY(prove_continuation(*older));
    }
    return settle();
  }

 private:
  struct Entry {
    Bytes envelope;
    LineMessage message;
  };

  const tlog::Checkpoint& head() const { return bundle_.checkpoint.checkpoint; }

  // Hands over every row of an `entries` query.
  template <class Handler>
  Status each_entry(json request, Handler handler) {
    for (;;) {
      request["limit"] = 1000;
      auto reply = TCPS_TRY(ask_("entries", request));
      for (const json& row : reply["entries"]) {
        TCPS_TRY(handler(row.value("index", uint64_t{0})));
      }
      if (!reply["next"].is_string()) return {};
      request["page"] = reply["next"];
    }
  }

  Result<Entry> read(uint64_t index) {
    auto reply = TCPS_TRY(ask_("entry", {{"index", index}}));
    auto envelope = TCPS_TRY(from_base64(reply.value("envelope", "")));
    auto message = TCPS_TRY(LineMessage::decode(envelope));
    return Entry{std::move(envelope), std::move(message)};
  }

  // Takes the entries of an `entries` query that `wanted` wants; each is asked for once.
  template <class Wanted>
  Status find(json request, Wanted wanted) {
    return each_entry(std::move(request), [&](uint64_t index) -> Status {
      if (found_.contains(index)) return {};
      auto entry = TCPS_TRY(read(index));
      if (wanted(entry.message)) found_.emplace(index, std::move(entry));
      return {};
    });
  }

  Status find_entries() {
    const auto all = [](const LineMessage&) { return true; };
    TCPS_TRY(find({{"work_order", bundle_.work_order}}, all));
    if (found_.empty()) {
      return fail(ErrorCode::not_found, fmt::format("the ledger has no entries about work order {}; see tcps "
                                                    "work-order list --status all",
                                                    bundle_.work_order));
    }
    TCPS_TRY(find_answers());
    TCPS_TRY(find_evidence());
    last_ = found_.rbegin()->first;
    for (const auto kind : {MessageKind::genesis, MessageKind::key_added, MessageKind::key_revoked}) {
      TCPS_TRY(find({{"kind", to_string(kind)}}, all));
    }
    return {};
  }

  // What became of the calls for help that the work order's entries raised.
  Status find_answers() {
    std::set<std::string> calls;
    for (const auto& [index, entry] : found_) {
      if (std::holds_alternative<proto::AndonRaised>(entry.message.predicate))
        calls.insert(call_of(entry.message));
    }
    if (calls.empty()) return {};
    for (const auto kind :
         {MessageKind::andon_acknowledged, MessageKind::andon_escalated, MessageKind::andon_resolved}) {
      TCPS_TRY(find({{"kind", to_string(kind)}},
                    [&](const LineMessage& message) { return calls.contains(call_of(message)); }));
    }
    return {};
  }

  // Evidence belongs to a bundle when it names one of its messages.
  Status find_evidence() {
    std::set<std::string> digests;
    for (const auto& [index, entry] : found_) digests.insert(entry.message.payload_digest.to_string());
    return find({{"kind", to_string(MessageKind::evidence)}}, [&](const LineMessage& message) {
      const auto* evidence = std::get_if<proto::Evidence>(&message.predicate);
      if (evidence == nullptr) return false;
      const auto named = evidence->fields().fields().find("message");
      return named != evidence->fields().fields().end() && digests.contains(named->second.string_value());
    });
  }

  static std::string call_of(const LineMessage& message) {
    return std::visit(
        [](const auto& m) -> std::string {
          if constexpr (requires { m.andon_id(); }) return m.andon_id();
          return {};
        },
        message.predicate);
  }

  Status take_checkpoint() {
    auto reply = ask_("checkpoint", json::object());
    if (!reply && reply.error().code != ErrorCode::not_found) return fail(reply.error());
    if (reply) {
      bundle_.checkpoint = TCPS_TRY(tlog::SignedCheckpoint::parse(reply->value("note", "")));
    }
    if (last_ < head().size) return {};
    return fail(ErrorCode::unavailable,
                fmt::format("the newest checkpoint covers {} entries, the work order's last is number {}; "
                            "export again when the factory has made a newer checkpoint",
                            head().size, last_));
  }

  Status take_entry(uint64_t index, Entry& entry) {
    auto reply = TCPS_TRY(ask_("proof", {{"index", index}, {"size", head().size}}));
    auto proof = TCPS_TRY(hashes_of(reply["proof"]));
    const Predicate& predicate = entry.message.predicate;
    if (const auto* genesis = std::get_if<proto::Genesis>(&predicate)) {
      auto line = LineName::parse(genesis->line());
      if (!line) return fail(line.error().at("genesis"));
      bundle_.line = std::move(*line);
    }
    replicas_.apply(predicate);
    bundle_.entries.push_back({index, std::move(entry.envelope), std::move(proof)});
    return {};
  }

  Status prove_continuation(const tlog::Checkpoint& older) {
    if (older.origin != head().origin || older.size > head().size) {
      return fail(
          ErrorCode::conflict,
          fmt::format("the given checkpoint is of {} entries of log {}, the line's newest of {} of {}",
                      older.size, older.origin, head().size, head().origin));
    }
    auto reply = TCPS_TRY(ask_("proof", {{"old", older.size}, {"new", head().size}}));
    auto proof = TCPS_TRY(hashes_of(reply["proof"]));
    bundle_.continuation = {older.size, older.root, std::move(proof)};
    return {};
  }

  // The work order's state is what verification makes it. Nothing is handed out that does not verify here.
  Result<Bundle> settle() {
    bundle_.state = to_string(ChainState::done);
    auto report = verify_bundle(bundle_, {});
    if (report.fault && !report.chain.chains.empty() && report.chain.passed()) {
      bundle_.state = to_string(report.chain.chains.front().state);
      report = verify_bundle(bundle_, {});
    }
    if (report.fault) {
      return fail(ErrorCode::corrupt,
                  fmt::format("what the line answers about work order {} does not verify: {}",
                              bundle_.work_order, *report.fault));
    }
    return std::move(bundle_);
  }

  const AskLine& ask_;
  Bundle bundle_;
  std::map<uint64_t, Entry> found_;  // to be exported, by index
  uint64_t last_ = 0;                // of those about the work order
  ReplicaRegister replicas_;
};

}  // namespace

Result<Bundle> export_bundle(const AskLine& ask, const std::string& work_order,
                             const std::optional<tlog::Checkpoint>& older) {
  return BundleMaker(ask, work_order).make(older);
}

}  // namespace tcps::ledger
