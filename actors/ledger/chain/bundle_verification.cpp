// What makes a bundle good.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/ledger/chain/bundle.h"
#include "actors/ledger/chain/replica_register.h"
#include "actors/ledger/tlog/merkle.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

// A bundle's entries as chain verification takes them. Subject and position in the stream are not in a
// bundle: they are made up to be what the chain wants, since the tree vouches for the order.
class BundleSource final : public ChainSource {
 public:
  BundleSource(const Bundle& bundle, const std::vector<BundleMessage>& messages)
      : bundle_(bundle), messages_(messages) {}

  Status entries(const EntryVisitor& visitor) override {
    for (size_t i = 0; i < messages_.size(); ++i) {
      const LineMessage& message = messages_[i].message;
      auto subject = subject_of(bundle_.line, message.predicate);
      if (!subject)
        return fail(ErrorCode::invalid,
                    fmt::format("entry {}: {}", messages_[i].index, subject.error().message));
      proto::LedgerEntry entry;
      entry.set_index(messages_[i].index);
      entry.set_epoch(1);
      entry.set_sequence(messages_[i].index + 1);
      entry.set_subject(*subject);
      entry.set_payload_digest(std::string(message.payload_digest.raw()));
      entry.set_envelope(bundle_.entries[i].envelope);
      if (!visitor({entry.index(), std::move(entry)})) break;
    }
    return {};
  }
  Status entries_about(const std::string&, const EntryVisitor& visitor) override { return entries(visitor); }
  Result<std::vector<Digest>> inclusion(uint64_t index, uint64_t) override {
    const auto found = std::find_if(bundle_.entries.begin(), bundle_.entries.end(),
                                    [&](const BundleEntry& entry) { return entry.index == index; });
    if (found == bundle_.entries.end()) return fail(ErrorCode::not_found, "bundle: there is no such entry");
    return found->proof;
  }
  EntryLabel label(uint64_t) override { return {}; }

 private:
  const Bundle& bundle_;
  const std::vector<BundleMessage>& messages_;
};

// The calls for help about a work order, and the messages that a bundle may hold besides.
class Belonging {
 public:
  explicit Belonging(const Bundle& bundle) : work_order_(bundle.work_order) {}

  bool takes(const LineMessage& message) {
    const bool belongs = std::visit([&](const auto& m) { return is_about(m); }, message.predicate);
    if (belongs) digests_.insert(message.payload_digest.to_string());
    return belongs;
  }

 private:
  bool is_about(const proto::Genesis&) { return true; }
  bool is_about(const proto::KeyAdded&) { return true; }
  bool is_about(const proto::KeyRevoked&) { return true; }
  bool is_about(const proto::Acceptance& m) { return m.work_order().id() == work_order_; }
  bool is_about(const proto::AndonRaised& m) {
    if (m.work_order_id() != work_order_) return false;
    calls_.insert(m.andon_id());
    return true;
  }
  bool is_about(const proto::Evidence& m) {
    const auto& fields = m.fields().fields();
    const auto named = fields.find("message");
    return named != fields.end() && digests_.contains(named->second.string_value());
  }
  template <class Message>
  bool is_about(const Message& m) {
    if constexpr (requires { m.work_order_id(); }) return m.work_order_id() == work_order_;
    if constexpr (requires { m.andon_id(); }) return calls_.contains(m.andon_id());
    return false;
  }

  const std::string& work_order_;
  std::set<std::string> calls_;
  std::set<std::string> digests_;
};

class Verification {
 public:
  Verification(const Bundle& bundle, const BundlePins& pins, BundleReport& report)
      : bundle_(bundle), pins_(pins), report_(report) {}

  // Errors: the first thing wrong.
  Status run() {
    using Step = Status (Verification::*)();
    for (const Step step :
         {&Verification::read_messages, &Verification::check_origin, &Verification::check_chain,
          &Verification::check_signatures, &Verification::check_continuation, &Verification::check_pins}) {
      TCPS_TRY((this->*step)());
    }
    return {};
  }

 private:
  const tlog::Checkpoint& head() const { return bundle_.checkpoint.checkpoint; }
  void checked(std::string what) { report_.checked.push_back(std::move(what)); }

  Status read_messages() {
    Belonging belonging(bundle_);
    for (const BundleEntry& entry : bundle_.entries) {
      if (!report_.messages.empty() && entry.index <= report_.messages.back().index)
        return fail(ErrorCode::invalid, fmt::format("entry {}: entries are out of order", entry.index));
      auto message = LineMessage::decode(entry.envelope);
      if (!message)
        return fail(ErrorCode::invalid, fmt::format("entry {}: {}", entry.index, message.error().message));
      if (entry.index >= head().size)
        return fail(ErrorCode::invalid,
                    fmt::format("entry {}: the checkpoint covers {} entries only", entry.index, head().size));
      if (!belonging.takes(*message))
        return fail(ErrorCode::invalid,
                    fmt::format("entry {}: it is not about work order {}", entry.index, bundle_.work_order));
      report_.messages.push_back({entry.index, std::move(*message)});
    }
    if (report_.messages.empty() || report_.messages.front().index != 0)
      return fail(ErrorCode::invalid, "the genesis (entry 0) is missing");
    checked(fmt::format("{} entries are signed messages in their one form", report_.messages.size()));
    return {};
  }

  Status check_origin() {
    report_.genesis = report_.messages.front().message.payload_digest;
    report_.origin = tlog::checkpoint_origin(bundle_.line, report_.genesis);
    if (head().origin != report_.origin) {
      return fail(ErrorCode::invalid, fmt::format("the checkpoint is of log {}, the genesis makes it {}",
                                                  head().origin, report_.origin));
    }
    checked(fmt::format("the checkpoint is of this log, {}", report_.origin));
    return {};
  }

  Status check_chain() {
    BundleSource source(bundle_, report_.messages);
    report_.chain =
        TCPS_TRY(verify_work_order(bundle_.line, {head().size, head().root}, bundle_.work_order, source));
    if (report_.chain.fault) return fail(ErrorCode::invalid, report_.chain.fault->sentence());
    const WorkOrderChain& order = report_.chain.chains.front();
    if (to_string(order.state) != bundle_.state) {
      return fail(ErrorCode::invalid,
                  fmt::format("the bundle calls the work order {}, its entries make it {}", bundle_.state,
                              to_string(order.state)));
    }
    checked(fmt::format("every entry is in the tree of {} entries with root {}", head().size,
                        head().root.to_string()));
    checked("every entry is signed by a key that counted at its place and might say so");
    checked(fmt::format("{} receipts follow each other without a gap; the work order is {}",
                        order.outcomes.size(), to_string(order.state)));
    return {};
  }

  // Of replicas, by id, that are in force after all the entries.
  std::set<Digest> replica_keys() const {
    ReplicaRegister replicas;
    for (const BundleMessage& entry : report_.messages) replicas.apply(entry.message.predicate);
    std::set<Digest> ids;
    for (const PublicKey& key : replicas.keys_in_force()) ids.insert(key.id());
    return ids;
  }

  // Every signature on the checkpoint is by a key that the bundle lists in its place or the reader pinned,
  // and is good; every listed key is a replica's.
  Status check_signatures() {
    std::set<Digest> signers;
    const std::set<Digest> replicas = replica_keys();
    auto listed = bundle_.keys.begin();
    std::set<std::pair<std::string, uint32_t>> seen;
    for (const tlog::NoteSignature& signature : bundle_.checkpoint.note.signatures) {
      const auto is_signer = [&](const tlog::NoteKey& key) {
        return key.name() == signature.name && key.id() == signature.key_id;
      };
      const bool is_listed = listed != bundle_.keys.end() && is_signer(*listed);
      const auto pinned = std::find_if(pins_.keys.begin(), pins_.keys.end(), is_signer);
      if (!is_listed && pinned == pins_.keys.end()) {
        return fail(
            ErrorCode::invalid,
            fmt::format("the checkpoint is signed by '{}' with key {:08x}, which is neither listed in its "
                        "place nor pinned",
                        signature.name, signature.key_id));
      }
      const tlog::NoteKey& key = is_listed ? *listed++ : *pinned;
      if (!seen.emplace(signature.name, signature.key_id).second)
        return fail(ErrorCode::invalid,
                    fmt::format("the checkpoint is signed by '{}' twice", signature.name));
      if (!is_good(key))
        return fail(ErrorCode::invalid,
                    fmt::format("the signature of {} on the checkpoint is not good", key.format()));
      const Digest id = key.public_key().id();
      if (is_listed && !replicas.contains(id))
        return fail(ErrorCode::invalid,
                    fmt::format("key {} is no replica's that the log names", key.format()));
      if (!is_listed && replicas.contains(id))
        return fail(ErrorCode::invalid,
                    fmt::format("the replica's key {} is not listed in its place", key.format()));
      if (is_listed) signers.insert(id);
    }
    if (listed != bundle_.keys.end())
      return fail(ErrorCode::invalid,
                  fmt::format("key {} did not sign the checkpoint in its place", listed->format()));
    report_.replicas = replicas.size();
    report_.signed_by = signers.size();
    if (signers.empty())
      return fail(ErrorCode::invalid, "the checkpoint is signed by no replica that the log names");
    checked(fmt::format("the checkpoint is signed by {} of {} replicas that the log names", signers.size(),
                        replicas.size()));
    return {};
  }

  bool is_good(const tlog::NoteKey& key) const {
    const tlog::Note& note = bundle_.checkpoint.note;
    return key.type() == tlog::NoteKeyType::ed25519 ? tlog::verify_note(note, key)
                                                    : tlog::cosigned_at(note, key).has_value();
  }

  Status check_continuation() {
    if (!bundle_.continuation) return {};
    const BundleContinuation& old = *bundle_.continuation;
    if (!tlog::verify_consistency(old.size, head().size, old.proof, old.root, head().root)) {
      return fail(ErrorCode::invalid,
                  fmt::format("it is not proven that the checkpoint of {} entries continues the tree of {}",
                              head().size, old.size));
    }
    checked(fmt::format("the checkpoint continues the tree of {} entries with root {}", old.size,
                        old.root.to_string()));
    return {};
  }

  Status check_pins() {
    for (const auto pin : {&Verification::check_pinned_genesis, &Verification::check_pinned_keys,
                           &Verification::check_pinned_checkpoint}) {
      TCPS_TRY((this->*pin)());
    }
    report_.pinned = !pins_.empty();
    return {};
  }

  Status check_pinned_genesis() {
    if (!pins_.genesis) return {};
    if (*pins_.genesis != report_.genesis) {
      return fail(ErrorCode::invalid, fmt::format("the genesis is {}, pinned is {}: this is another log",
                                                  report_.genesis.to_string(), pins_.genesis->to_string()));
    }
    if (2 * report_.signed_by <= report_.replicas && pins_.keys.empty() && !pins_.checkpoint) {
      return fail(
          ErrorCode::invalid,
          fmt::format("only {} of {} replicas signed the checkpoint: it is not certified; pin keys or a "
                      "checkpoint",
                      report_.signed_by, report_.replicas));
    }
    checked("the genesis is the one you pinned");
    return {};
  }

  Status check_pinned_keys() {
    if (pins_.keys.empty()) return {};
    const auto good = static_cast<size_t>(
        std::count_if(pins_.keys.begin(), pins_.keys.end(), [&](const auto& key) { return is_good(key); }));
    const size_t needed = pins_.keys_needed == 0 ? pins_.keys.size() : pins_.keys_needed;
    if (good < needed) {
      return fail(ErrorCode::invalid,
                  fmt::format("the checkpoint carries good signatures of {} pinned keys, {} are needed", good,
                              needed));
    }
    checked(fmt::format("the checkpoint carries good signatures of {} keys you pinned", good));
    return {};
  }

  Status check_pinned_checkpoint() {
    if (!pins_.checkpoint) return {};
    const tlog::Checkpoint& pinned = *pins_.checkpoint;
    if (pinned.origin != head().origin) {
      return fail(ErrorCode::invalid, fmt::format("the pinned checkpoint is of log {}, the bundle's of {}",
                                                  pinned.origin, head().origin));
    }
    const auto& old = bundle_.continuation;
    const bool same = pinned.size == head().size && pinned.root == head().root;
    const bool continued = old && old->size == pinned.size && old->root == pinned.root;
    if (pinned.size == head().size || (old && old->size == pinned.size)) {
      if (!same && !continued) {
        return fail(
            ErrorCode::invalid,
            fmt::format("the tree of {} entries has another root than the pinned checkpoint: the log was "
                        "rewritten",
                        pinned.size));
      }
      checked(fmt::format("it continues the checkpoint you pinned, of {} entries", pinned.size));
      return {};
    }
    return fail(
        ErrorCode::invalid,
        fmt::format("the bundle does not prove that it continues the pinned checkpoint of {} entries: "
                    "have it exported with that checkpoint (tcps ledger export --checkpoint)",
                    pinned.size));
  }

  const Bundle& bundle_;
  const BundlePins& pins_;
  BundleReport& report_;
};

}  // namespace

BundleReport verify_bundle(const Bundle& bundle, const BundlePins& pins) {
  BundleReport report;
  report.checkpoint = bundle.checkpoint.checkpoint;
  if (auto good = Verification(bundle, pins, report).run(); !good) report.fault = good.error().message;
  return report;
}

json to_json(const BundleReport& report) {
  json document = {
      {"verdict", report.verdict()},
      {"origin", report.origin},
      {"genesis", report.genesis.to_string()},
      {"pinned", report.pinned},
      {"checkpoint", {{"size", report.checkpoint.size}, {"root", report.checkpoint.root.to_string()}}},
      {"replicas", report.replicas},
      {"signed_by", report.signed_by},
      {"checked", report.checked}};
  if (!report.chain.chains.empty()) document["chain"] = to_json(report.chain.chains.front());
  if (report.fault) document["fault"] = *report.fault;
  return document;
}

}  // namespace tcps::ledger
