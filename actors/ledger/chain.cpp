#include "actors/ledger/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/ledger/chain_keys.h"
#include "actors/ledger/chain_work_orders.h"
#include "actors/ledger/merkle.h"
#include "messages/line_message.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::invalid, std::move(what)); }

// The work order and stage that a message names itself.
EntryLabel label_of(const Predicate& predicate) {
  return std::visit(
      [](const auto& m) -> EntryLabel {
        EntryLabel label;
        if constexpr (requires { m.work_order_id(); }) label.work_order = m.work_order_id();
        if constexpr (requires { m.work_order().id(); }) label.work_order = m.work_order().id();
        if constexpr (requires { m.stage(); }) label.stage = m.stage();
        return label;
      },
      predicate);
}

// Judges entries one after the other.
class Verifier {
 public:
  Verifier(const LineName& line, bool whole_log) : line_(line), work_orders_(whole_log) {}

  // Errors: what is wrong with the entry. `label` is improved as soon as the message can be read.
  Status check(const proto::LedgerEntry& entry, EntryLabel& label) {
    auto message = LineMessage::decode(entry.envelope());
    if (!message) return fail(message.error());
    if (message->payload_digest.raw() != entry.payload_digest()) {
      return wrong(fmt::format("its payload bytes have digest {}, not the stored sha256:{}",
                               message->payload_digest.to_string(), to_hex(entry.payload_digest())));
    }
    label = label_of(message->predicate);
    if (auto place = check_place(entry, *message); !place) return place;
    auto signer = check_signature(entry.index(), *message);
    if (!signer) return fail(signer.error());
    ++report.entries;
    if (std::holds_alternative<proto::Receipt>(message->predicate)) ++report.receipts;
    if (std::holds_alternative<proto::Acceptance>(message->predicate)) ++report.work_orders;
    const ChainKey signing_key = **signer;  // the message may revoke it
    if (auto changed = change_keys(message->predicate, signing_key); !changed) return changed;
    return work_orders_.apply(entry.index(), *message, signing_key);
  }

  ChainWorkOrders& work_orders() { return work_orders_; }
  ChainReport report;

 private:
  // Subject, log and position.
  Status check_place(const proto::LedgerEntry& entry, const LineMessage& message) {
    auto subject = subject_of(line_, message.predicate);
    if (!subject) return fail(subject.error());
    if (*subject != entry.subject()) {
      return wrong(fmt::format("its subject is {}, its content belongs on {}", entry.subject(), *subject));
    }
    const std::pair position(entry.epoch(), entry.sequence());
    if (position <= position_ && entry.index() != 0)
      return wrong("its position in the stream is not above that of the entry before");
    position_ = position;
    if (const auto* genesis = std::get_if<proto::Genesis>(&message.predicate))
      return check_genesis(entry, message, *genesis);
    if (entry.index() == 0) return wrong("the first entry is not a genesis");
    return std::visit(
        [&](const auto& m) -> Status {
          if constexpr (requires { m.log(); }) {
            if (m.log().line() != line_.str() || m.log().genesis() != genesis_)
              return wrong("it belongs to another log");
          }
          return {};
        },
        message.predicate);
  }

  Status check_genesis(const proto::LedgerEntry& entry, const LineMessage& message,
                       const proto::Genesis& genesis) {
    if (entry.index() != 0) return wrong("it is a second genesis");
    if (genesis.line() != line_.str())
      return wrong(fmt::format("it is the genesis of line {}", genesis.line()));
    genesis_ = message.payload_digest.to_string();
    for (const auto& key : genesis.keys()) {
      if (auto added = keys_.add(key); !added) return added;
    }
    return {};
  }

  Result<const ChainKey*> check_signature(uint64_t index, const LineMessage& message) {
    const auto& signatures = message.envelope.signatures;
    if (signatures.size() != 1) return wrong("it does not carry exactly one signature");
    const ChainKey* key = keys_.find(signatures[0].key_id);
    if (key == nullptr)
      return wrong(fmt::format("its signing key {} does not count at this position", signatures[0].key_id));
    if (!verify(message.envelope, 0, key->key)) return wrong("its signature is not good");
    if (index == 0 && !key->has_role("root")) return wrong("the genesis is not signed by a root key");
    return key;
  }

  Status change_keys(const Predicate& predicate, const ChainKey& signer) {
    const auto* added = std::get_if<proto::KeyAdded>(&predicate);
    const auto* revoked = std::get_if<proto::KeyRevoked>(&predicate);
    if (added == nullptr && revoked == nullptr) return {};
    if (!signer.has_role("root")) return wrong("keys are changed by root keys only");
    return added != nullptr ? keys_.add(added->key()) : keys_.revoke(revoked->key_id());
  }

  const LineName& line_;
  std::string genesis_;
  std::pair<uint32_t, uint64_t> position_;
  ChainKeys keys_;
  ChainWorkOrders work_orders_;
};

void collect(std::vector<WorkOrderChain> chains, const ChainHandler& handler, ChainReport& report) {
  for (WorkOrderChain& chain : chains) {
    if (handler) {
      handler(chain);
    } else {
      report.chains.push_back(std::move(chain));
    }
  }
}

ChainReport finish(Verifier& verifier, const ChainHandler& handler) {
  collect(verifier.work_orders().take_closed(), handler, verifier.report);
  collect(verifier.work_orders().take_open(), handler, verifier.report);
  std::sort(verifier.report.chains.begin(), verifier.report.chains.end(),
            [](const auto& a, const auto& b) { return a.accepted_index < b.accepted_index; });
  return std::move(verifier.report);
}

// Judges one entry; a fault names what the message says of itself, or what the index knows when it cannot be
// read.
bool take(Verifier& verifier, const StoredEntry& stored, ChainSource& source) {
  EntryLabel label;
  Status good;
  if (stored.entry) {
    good = verifier.check(*stored.entry, label);
  } else {
    good = fail(stored.entry.error());
  }
  if (good) return true;
  if (label.work_order.empty()) label = source.label(stored.index);
  verifier.report.fault = ChainFault{stored.index, label.work_order, label.stage, good.error().message};
  return false;
}

}  // namespace

std::string_view to_string(ChainState state) {
  switch (state) {
    case ChainState::open:
      return "open";
    case ChainState::set_aside:
      return "set aside";
    case ChainState::done:
      return "done";
    case ChainState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Digest WorkOrderChain::hash() const {
  Bytes digests;
  for (const StageOutcome& outcome : outcomes) digests.append(outcome.payload_digest.raw());
  return Digest::of(digests);
}

std::string ChainFault::sentence() const {
  if (work_order.empty()) return fmt::format("entry {}: {}", index, what);
  if (stage.empty()) return fmt::format("work order {} (entry {}): {}", work_order, index, what);
  return fmt::format("work order {}, stage {} (entry {}): {}", work_order, stage, index, what);
}

Result<ChainReport> verify_log(const LineName& line, const TrustedHead& head, ChainSource& source,
                               const ChainHandler& handler) {
  Verifier verifier(line, true);
  merkle::CompactRange tree;
  verifier.report.root = tree.root();
  auto& fault = verifier.report.fault;
  const auto check_root = [&] {
    verifier.report.covered = head.size;
    verifier.report.root = tree.root();
    if (tree.root() == head.root) return true;
    fault = ChainFault{head.size - 1,
                       {},
                       {},
                       fmt::format("the first {} entries have root {}, the checkpoint says {}: an entry was "
                                   "replaced, moved or left out",
                                   head.size, tree.root().to_string(), head.root.to_string())};
    return false;
  };
  auto read = source.entries([&](const StoredEntry& stored) {
    if (stored.index != tree.size()) {
      fault = ChainFault{
          tree.size(), {}, {}, fmt::format("entry {} follows: one is missing or out of order", stored.index)};
      return false;
    }
    if (!take(verifier, stored, source)) return false;
    collect(verifier.work_orders().take_closed(), handler, verifier.report);
    tree.append(merkle::leaf_hash(stored.entry->envelope()));
    return tree.size() != head.size || check_root();
  });
  if (!read) return fail(read.error());
  if (!fault && tree.size() < head.size) {
    fault = ChainFault{
        tree.size(),
        {},
        {},
        fmt::format("the log ends here, the checkpoint vouches for {} entries: the end was cut off",
                    head.size)};
  }
  return finish(verifier, handler);
}

Result<ChainReport> verify_work_order(const LineName& line, const TrustedHead& head,
                                      const std::string& work_order, ChainSource& source) {
  Verifier verifier(line, false);
  verifier.report.root = head.root;
  verifier.report.covered = head.size;
  std::optional<Error> error;
  auto& fault = verifier.report.fault;
  auto read = source.entries_about(work_order, [&](const StoredEntry& stored) {
    if (!take(verifier, stored, source)) return false;
    if (stored.index >= head.size) return true;  // newer than the checkpoint
    auto proof = source.inclusion(stored.index, head.size);
    if (!proof) {
      error = proof.error();
      return false;
    }
    const Digest leaf = merkle::leaf_hash(stored.entry->envelope());
    if (merkle::verify_inclusion(stored.index, head.size, leaf, *proof, head.root)) return true;
    const EntryLabel label = source.label(stored.index);
    fault = ChainFault{stored.index, label.work_order, label.stage, "the checkpoint does not contain it"};
    return false;
  });
  if (!read) return fail(read.error());
  if (error) return fail(std::move(*error));
  if (!fault && verifier.report.work_orders == 0)
    fault = ChainFault{0, work_order, {}, "the ledger has no entries about it"};
  return finish(verifier, nullptr);
}

json to_json(const WorkOrderChain& chain) {
  json outcomes = json::array();
  for (const StageOutcome& outcome : chain.outcomes) {
    json one = {{"stage", to_string(outcome.stage)},
                {"attempt", outcome.attempt},
                {"entry", outcome.index},
                {"digest", outcome.payload_digest.to_string()},
                {"status", outcome.status},
                {"node", outcome.node}};
    if (!outcome.failure_mode.empty()) one["failure_mode"] = outcome.failure_mode;
    outcomes.push_back(std::move(one));
  }
  return {{"work_order", chain.work_order},         {"state", to_string(chain.state)},
          {"accepted_entry", chain.accepted_index}, {"acceptance", chain.acceptance.to_string()},
          {"stages", std::move(outcomes)},          {"chain_hash", chain.hash().to_string()}};
}

json to_json(const ChainReport& report) {
  json chains = json::array();
  for (const WorkOrderChain& chain : report.chains) chains.push_back(to_json(chain));
  json result = {{"verdict", report.passed() ? "PASS" : "FAIL"},
                 {"entries", report.entries},
                 {"receipts", report.receipts},
                 {"work_orders", report.work_orders},
                 {"covered", report.covered},
                 {"root", report.root.to_string()},
                 {"chains", std::move(chains)}};
  if (report.fault) {
    result["fault"] = {{"entry", report.fault->index},
                       {"work_order", report.fault->work_order},
                       {"stage", report.fault->stage},
                       {"what", report.fault->what},
                       {"sentence", report.fault->sentence()}};
  }
  return result;
}

}  // namespace tcps::ledger
