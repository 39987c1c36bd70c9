#include "actors/ledger/chain/chain_verifier.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps::ledger {
namespace {

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

Status check_subject(const LineName& line, const proto::LedgerEntry& entry, const LineMessage& message) {
  auto subject = TCPS_TRY(subject_of(line, message.predicate));
  if (subject == entry.subject()) return {};
  return wrong(fmt::format("its subject is {}, its content belongs on {}", entry.subject(), subject));
}

// Drops what no check of the entries together asks for, on the thread that made it: most of the memory of a
// message.
void drop_judged_parts(LineMessage& message, bool signature_judged) {
  if (auto* receipt = std::get_if<proto::Receipt>(&message.predicate)) receipt->clear_stage_fields();
  if (signature_judged) Bytes().swap(message.envelope.payload);
}

void collect_chains(std::vector<WorkOrderChain> chains, const ChainHandler& handler, ChainReport& report) {
  for (WorkOrderChain& chain : chains) {
    if (handler) {
      handler(chain);
    } else {
      report.chains.push_back(std::move(chain));
    }
  }
}

}  // namespace

JudgedEntry judge_alone(const LineName& line, const StoredEntry& stored, const KnownKeys& keys) {
  JudgedEntry judged;
  judged.index = stored.index;
  if (!stored.entry) {
    judged.alone = fail(stored.entry.error());
    return judged;
  }
  const proto::LedgerEntry& entry = *stored.entry;
  judged.position = {entry.epoch(), entry.sequence()};
  auto message = LineMessage::decode(entry.envelope());
  if (!message) {
    judged.alone = fail(message.error());
    return judged;
  }
  if (message->payload_digest.raw() != entry.payload_digest()) {
    judged.alone = wrong(fmt::format("its payload bytes have digest {}, not the stored sha256:{}",
                                     message->payload_digest.to_string(), to_hex(entry.payload_digest())));
    return judged;
  }
  judged.label = label_of(message->predicate);
  judged.alone = check_subject(line, entry, *message);
  judged.leaf = tlog::leaf_hash(entry.envelope());
  if (message->envelope.signatures.size() == 1) {
    const auto key = keys.find(message->envelope.signatures[0].key_id);
    if (key != keys.end()) judged.signature_good = verify(message->envelope, 0, key->second);
  }
  drop_judged_parts(*message, judged.signature_good.has_value());
  judged.message = std::move(*message);
  return judged;
}

Status ChainVerifier::take(const JudgedEntry& entry) {
  if (!entry.alone) return entry.alone;
  const Predicate& predicate = entry.message->predicate;
  TCPS_TRY(check_place(entry));
  auto signer = TCPS_TRY(check_signature(entry));
  ++report_.entries;
  if (std::holds_alternative<proto::Receipt>(predicate)) ++report_.receipts;
  if (std::holds_alternative<proto::Acceptance>(predicate)) ++report_.work_orders;
  const ChainKey signing_key = *signer;  // the message may revoke it
  TCPS_TRY(change_keys(predicate, signing_key));
  return work_orders_.apply(entry.index, *entry.message, signing_key);
}

// Log and position.
Status ChainVerifier::check_place(const JudgedEntry& entry) {
  if (entry.position <= position_ && entry.index != 0)
    return wrong("its position in the stream is not above that of the entry before");
  position_ = entry.position;
  if (const auto* genesis = std::get_if<proto::Genesis>(&entry.message->predicate))
    return check_genesis(entry, *genesis);
  if (entry.index == 0) return wrong("the first entry is not a genesis");
  return std::visit(
      [&](const auto& m) -> Status {
        if constexpr (requires { m.log(); }) {
          if (m.log().line() != line_.str() || m.log().genesis() != genesis_text_)
            return wrong("it belongs to another log");
        }
        return {};
      },
      entry.message->predicate);
}

Status ChainVerifier::check_genesis(const JudgedEntry& entry, const proto::Genesis& genesis) {
  if (entry.index != 0) return wrong("it is a second genesis");
  if (genesis.line() != line_.str())
    return wrong(fmt::format("it is the genesis of line {}", genesis.line()));
  genesis_ = entry.message->payload_digest;
  genesis_text_ = genesis_.to_string();
  for (const auto& key : genesis.keys()) {
    TCPS_TRY(add_key(key));
  }
  return {};
}

Status ChainVerifier::add_key(const proto::PublicKeyEntry& entry) {
  TCPS_TRY(keys_.add(entry));
  auto known = std::make_shared<KnownKeys>(*known_);
  known->emplace(entry.key_id(), keys_.find(entry.key_id())->key);
  known_ = std::move(known);
  return {};
}

Result<const ChainKey*> ChainVerifier::check_signature(const JudgedEntry& entry) const {
  const Envelope& envelope = entry.message->envelope;
  if (envelope.signatures.size() != 1) return wrong("it does not carry exactly one signature");
  const std::string& id = envelope.signatures[0].key_id;
  const ChainKey* key = keys_.find(id);
  if (key == nullptr) return wrong(fmt::format("its signing key {} does not count at this position", id));
  const bool good = entry.signature_good ? *entry.signature_good : verify(envelope, 0, key->key);
  if (!good) return wrong("its signature is not good");
  if (entry.index == 0 && !key->has_role(Role::root)) return wrong("the genesis is not signed by a root key");
  return key;
}

Status ChainVerifier::change_keys(const Predicate& predicate, const ChainKey& signer) {
  const auto* added = std::get_if<proto::KeyAdded>(&predicate);
  const auto* revoked = std::get_if<proto::KeyRevoked>(&predicate);
  if (added == nullptr && revoked == nullptr) return {};
  if (!signer.has_role(Role::root)) return wrong("keys are changed by root keys only");
  return added != nullptr ? add_key(added->key()) : keys_.revoke(revoked->key_id());
}

void ChainVerifier::refuse(ChainFault fault) {
  if (report_.passed()) report_.fault = std::move(fault);
}

void ChainVerifier::cover(uint64_t size, const Digest& root) {
  report_.covered = size;
  report_.root = root;
}

void ChainVerifier::collect_closed(const ChainHandler& handler) {
  collect_chains(work_orders_.take_closed(), handler, report_);
}

ChainReport ChainVerifier::finish(const ChainHandler& handler) {
  collect_closed(handler);
  collect_chains(work_orders_.take_open(), handler, report_);
  std::sort(report_.chains.begin(), report_.chains.end(),
            [](const auto& a, const auto& b) { return a.accepted_index < b.accepted_index; });
  return std::move(report_);
}

LogVerifier::LogVerifier(const LineName& line, const TrustedHead& head, ChainHandler handler)
    : head_(head), handler_(std::move(handler)), verifier_(line, true) {
  verifier_.cover(0, tree_.root());
}

void LogVerifier::refuse(ChainFault fault) { verifier_.refuse(std::move(fault)); }

bool LogVerifier::take(const JudgedEntry& entry, const std::function<EntryLabel(uint64_t)>& label) {
  if (entry.index != tree_.size()) {
    refuse(
        {tree_.size(), {}, {}, fmt::format("entry {} follows: one is missing or out of order", entry.index)});
    return false;
  }
  if (auto good = verifier_.take(entry); !good) {
    const EntryLabel named = entry.label.work_order.empty() ? label(entry.index) : entry.label;
    refuse({entry.index, named.work_order, named.stage, good.error().message});
    return false;
  }
  verifier_.collect_closed(handler_);
  tree_.append(entry.leaf);
  return tree_.size() != head_.size || check_root();
}

bool LogVerifier::check_root() {
  verifier_.cover(head_.size, tree_.root());
  if (tree_.root() == head_.root) return true;
  refuse(
      {head_.size - 1,
       {},
       {},
       fmt::format("the first {} entries have root {}, the checkpoint says {}: an entry was replaced, moved "
                   "or left out",
                   head_.size, tree_.root().to_string(), head_.root.to_string())});
  return false;
}

ChainReport LogVerifier::finish() {
  if (tree_.size() < head_.size) {
    refuse({tree_.size(),
            {},
            {},
            fmt::format("the log ends here, the checkpoint vouches for {} entries: the end was cut off",
                        head_.size)});
  }
  return verifier_.finish(handler_);
}

}  // namespace tcps::ledger
