#include "actors/ledger/bundle_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/ledger/merkle.h"

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

  Result<Bundle> make(const std::optional<merkle::Checkpoint>& older) {
    if (auto found = find_entries(); !found) return fail(found.error());
    if (auto covered = take_checkpoint(); !covered) return fail(covered.error());
    for (uint64_t index : indexes_) {
      if (index >= head().size) continue;  // a change of keys since
      if (auto taken = take_entry(index); !taken) return fail(taken.error());
    }
    bundle_.keys = keep_signatures_of(bundle_.checkpoint.note, replicas_);
    if (older) {
      if (auto proven = prove_continuation(*older); !proven) return fail(proven.error());
    }
    return settle();
  }

 private:
  const merkle::Checkpoint& head() const { return bundle_.checkpoint.checkpoint; }

  // Hands over every row of an `entries` query.
  template <class Handler>
  Status each_entry(json request, Handler handler) {
    for (;;) {
      request["limit"] = 1000;
      auto reply = ask_("entries", request);
      if (!reply) return fail(reply.error());
      for (const json& row : (*reply)["entries"]) {
        if (auto good = handler(row.value("index", uint64_t{0})); !good) return good;
      }
      if (!(*reply)["next"].is_string()) return {};
      request["page"] = (*reply)["next"];
    }
  }

  Status find_entries() {
    const auto take = [this](uint64_t index) -> Status {
      indexes_.insert(index);
      last_ = std::max(last_, index);
      return {};
    };
    if (auto own = each_entry({{"work_order", bundle_.work_order}}, take); !own) return own;
    if (indexes_.empty()) {
      return fail(ErrorCode::not_found, fmt::format("the ledger has no entries about work order {}; see tcps "
                                                    "work-order list --status all",
                                                    bundle_.work_order));
    }
    for (const uint64_t index : indexes_) {
      if (auto read = read_call(index); !read) return read;
    }
    for (const char* kind : {"andon-acknowledged", "andon-escalated", "andon-resolved"}) {
      const auto take_answer = [&](uint64_t index) -> Status {
        auto message = read_message(index);
        if (!message) return fail(message.error());
        return calls_.contains(call_of(*message)) ? take(index) : Status{};
      };
      if (calls_.empty()) break;
      if (auto answers = each_entry({{"kind", kind}}, take_answer); !answers) return answers;
    }
    return find_keys_and_evidence();
  }

  // Evidence belongs to a bundle when it names one of its messages.
  Status find_keys_and_evidence() {
    std::set<std::string> digests;
    for (const uint64_t index : indexes_) {
      auto reply = ask_("entry", {{"index", index}});
      if (!reply) return fail(reply.error());
      digests.insert(reply->value("payload_digest", ""));
    }
    auto evidence = each_entry({{"kind", "evidence"}}, [&](uint64_t index) -> Status {
      auto message = read_message(index);
      if (!message) return fail(message.error());
      const auto* found = std::get_if<proto::Evidence>(&message->predicate);
      if (found == nullptr) return {};
      const auto named = found->fields().fields().find("message");
      if (named == found->fields().fields().end() || !digests.contains(named->second.string_value()))
        return {};
      indexes_.insert(index);
      last_ = std::max(last_, index);
      return {};
    });
    if (!evidence) return evidence;
    indexes_.insert(0);
    for (const char* kind : {"key-added", "key-revoked"}) {
      const auto take = [this](uint64_t index) -> Status { return indexes_.insert(index), Status{}; };
      if (auto changes = each_entry({{"kind", kind}}, take); !changes) return changes;
    }
    return {};
  }

  Result<Bytes> read_envelope(uint64_t index) {
    auto reply = ask_("entry", {{"index", index}});
    if (!reply) return fail(reply.error());
    return from_base64(reply->value("envelope", ""));
  }
  Result<LineMessage> read_message(uint64_t index) {
    auto envelope = read_envelope(index);
    if (!envelope) return fail(envelope.error());
    return LineMessage::decode(*envelope);
  }
  Status read_call(uint64_t index) {
    auto message = read_message(index);
    if (!message) return fail(message.error());
    if (std::holds_alternative<proto::AndonRaised>(message->predicate)) calls_.insert(call_of(*message));
    return {};
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
      auto parsed = merkle::SignedCheckpoint::parse(reply->value("note", ""));
      if (!parsed) return fail(parsed.error());
      bundle_.checkpoint = std::move(*parsed);
    }
    if (last_ < head().size) return {};
    return fail(ErrorCode::unavailable,
                fmt::format("the newest checkpoint covers {} entries, the work order's last is number {}; "
                            "export again when the factory has made a newer checkpoint",
                            head().size, last_));
  }

  Status take_entry(uint64_t index) {
    auto envelope = read_envelope(index);
    if (!envelope) return fail(envelope.error());
    auto reply = ask_("proof", {{"index", index}, {"size", head().size}});
    if (!reply) return fail(reply.error());
    auto proof = hashes_of((*reply)["proof"]);
    if (!proof) return fail(proof.error());
    auto message = LineMessage::decode(*envelope);
    if (!message) return fail(message.error());
    if (const auto* genesis = std::get_if<proto::Genesis>(&message->predicate)) {
      auto line = LineName::parse(genesis->line());
      if (!line) return fail(line.error().at("genesis"));
      bundle_.line = std::move(*line);
      for (const auto& key : genesis->keys()) take_replica(key);
    } else if (const auto* added = std::get_if<proto::KeyAdded>(&message->predicate)) {
      take_replica(added->key());
    }
    bundle_.entries.push_back({index, std::move(*envelope), std::move(*proof)});
    return {};
  }

  void take_replica(const proto::PublicKeyEntry& entry) {
    const auto& roles = entry.roles();
    auto key = PublicKey::from_base64(entry.public_key());
    if (key && std::find(roles.begin(), roles.end(), "replica") != roles.end())
      replicas_.push_back(std::move(*key));
  }

  Status prove_continuation(const merkle::Checkpoint& older) {
    if (older.origin != head().origin || older.size > head().size) {
      return fail(
          ErrorCode::conflict,
          fmt::format("the given checkpoint is of {} entries of log {}, the line's newest of {} of {}",
                      older.size, older.origin, head().size, head().origin));
    }
    auto reply = ask_("proof", {{"old", older.size}, {"new", head().size}});
    if (!reply) return fail(reply.error());
    auto proof = hashes_of((*reply)["proof"]);
    if (!proof) return fail(proof.error());
    bundle_.continuation = {older.size, older.root, std::move(*proof)};
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
  std::set<uint64_t> indexes_;  // to be exported
  uint64_t last_ = 0;           // of those about the work order
  std::set<std::string> calls_;
  std::vector<PublicKey> replicas_;
};

}  // namespace

Result<Bundle> export_bundle(const AskLine& ask, const std::string& work_order,
                             const std::optional<merkle::Checkpoint>& older) {
  return BundleMaker(ask, work_order).make(older);
}

}  // namespace tcps::ledger
