#include "actors/ledger/chain/release_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "messages/iso8601.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {
namespace {

constexpr int64_t minute_ms = 60'000;
constexpr std::string_view countersignature = "countersignature";
constexpr std::string_view reproduction = "reproduction";

struct PassedReceipt {
  uint64_t index = 0;
  const LineMessage* message = nullptr;
  const proto::Receipt* receipt = nullptr;
};

std::string signer_of(const LineMessage& message) { return message.envelope.signatures.front().key_id; }

std::string field_of(const proto::Evidence& evidence, const char* name) {
  const auto& fields = evidence.fields().fields();
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second.string_value();
}

class Judge {
 public:
  Judge(const Bundle& bundle, const BundleReport& report, const ReleasePolicy& policy)
      : bundle_(bundle), report_(report), policy_(policy) {
    for (const BundleMessage& entry : report.messages) read(entry);
  }

  std::vector<PolicyFinding> findings() {
    if (policy_.all_stages) stages();
    if (policy_.node_keys_needed > 0) checkpoint();
    if (policy_.second_signature) quarantine();
    if (!policy_.builders.empty()) builders();
    if (policy_.slo_kept) slo();
    if (policy_.reproduced_on > 0) reproduced();
    return std::move(findings_);
  }

 private:
  void read(const BundleMessage& entry) {
    const Predicate& predicate = entry.message.predicate;
    if (const auto* genesis = std::get_if<proto::Genesis>(&predicate)) {
      for (const auto& key : genesis->keys()) keys_[key.key_id()] = key;
    } else if (const auto* added = std::get_if<proto::KeyAdded>(&predicate)) {
      keys_[added->key().key_id()] = added->key();
    } else if (const auto* receipt = std::get_if<proto::Receipt>(&predicate)) {
      const auto stage = find_word<Stage>(receipt->stage());
      if (stage && status_of(*receipt) == ReceiptStatus::completed)
        passed_[*stage] = {entry.index, &entry.message, receipt};
    } else if (const auto* decision = std::get_if<proto::WorkOrderDecision>(&predicate)) {
      if (decision_of(*decision) == Decision::resume) overrides_.push_back(&entry);
    } else if (const auto* resolved = std::get_if<proto::AndonResolved>(&predicate)) {
      if (disposition_of(*resolved) == Disposition::resume) overrides_.push_back(&entry);
    } else if (const auto* evidence = std::get_if<proto::Evidence>(&predicate)) {
      evidence_.emplace_back(&entry.message, evidence);
    }
  }

  void add(const char* rule, bool good, std::string what) {
    findings_.push_back({rule, good, std::move(what)});
  }

  std::string owner_of(const std::string& key_id) const {
    const auto found = keys_.find(key_id);
    return found == keys_.end() ? std::string() : found->second.owner();
  }
  bool has_role(const std::string& key_id, Role role) const {
    const auto found = keys_.find(key_id);
    return found != keys_.end() && tcps::has_role(found->second, role);
  }

  void stages() {
    std::string missing;
    for (const Stage stage : all_stages) {
      if (!passed_.contains(stage)) missing += fmt::format(" {}", to_string(stage));
    }
    if (!missing.empty()) return add("stages", false, "not passed:" + missing);
    const bool done = report_.chain.chains.front().state == ChainState::done;
    add("stages", done, done ? "all ten stages passed" : "the work order is not done");
  }

  void checkpoint() {
    const tlog::Note& note = bundle_.checkpoint.note;
    const auto good = static_cast<size_t>(
        std::count_if(policy_.node_keys.begin(), policy_.node_keys.end(), [&](const tlog::NoteKey& key) {
          return tlog::verify_note(note, key) || tlog::cosigned_at(note, key).has_value();
        }));
    add("checkpoint", good >= policy_.node_keys_needed,
        fmt::format("{} of {} keys signed the checkpoint, {} are needed", good, policy_.node_keys.size(),
                    policy_.node_keys_needed));
  }

  // Somebody else's signature below a decision to go on.
  bool is_countersigned(const LineMessage& decision) const {
    const std::string first = signer_of(decision), digest = decision.payload_digest.to_string();
    return std::any_of(evidence_.begin(), evidence_.end(), [&](const auto& pair) {
      const std::string second = signer_of(*pair.first);
      return pair.second->name() == countersignature && field_of(*pair.second, "message") == digest &&
             second != first && owner_of(second) != owner_of(first) && has_role(second, Role::operator_);
    });
  }

  void quarantine() {
    uint32_t attempt = 1;
    for (const LinkedOutcome& outcome : report_.chain.chains.front().outcomes)
      attempt = std::max(attempt, outcome.attempt);
    if (overrides_.size() + 1 < attempt) {
      return add("quarantine", false,
                 fmt::format("the work order reached attempt {}, the bundle shows {} decisions to go on",
                             attempt, overrides_.size()));
    }
    for (const BundleMessage* decision : overrides_) {
      if (is_countersigned(decision->message)) continue;
      return add("quarantine", false,
                 fmt::format("entry {} resumes the work order on one person's word", decision->index));
    }
    add("quarantine", true,
        overrides_.empty() ? "never set aside and resumed"
                           : "every decision to go on carries a second signature");
  }

  void builders() {
    const auto build = passed_.find(Stage::build);
    if (build == passed_.end()) return add("builders", false, "there is no passed build");
    const std::string node = build->second.receipt->node(), key = signer_of(*build->second.message);
    const bool listed = std::any_of(
        policy_.builders.begin(), policy_.builders.end(),
        [&](const std::string& name) { return name == key || (name == node && name == owner_of(key)); });
    add("builders", listed,
        fmt::format("built by {} with key {}{}", node, key, listed ? "" : ", which is not listed"));
  }

  void slo() {
    for (const Stage stage : all_stages) {
      const auto passed = passed_.find(stage);
      if (passed == passed_.end()) continue;
      const proto::Receipt& receipt = *passed->second.receipt;
      const auto started = parse_iso8601(receipt.started_at()), ended = parse_iso8601(receipt.ended_at());
      if (!started || !ended)
        return add("slo", false, fmt::format("{} does not say when it ran", to_string(stage)));
      const auto& own = policy_.slo_minutes[static_cast<size_t>(stage) - 1];
      const int64_t minutes = own.value_or(standard_slo(stage).count());
      if (*ended < *started || *ended - *started > minutes * minute_ms) {
        return add("slo", false,
                   fmt::format("{} ran from {} to {}, its deadline is {} minutes", to_string(stage),
                               receipt.started_at(), receipt.ended_at(), minutes));
      }
    }
    add("slo", true, "every stage kept its deadline");
  }

  void reproduced() {
    const auto build = passed_.find(Stage::build);
    if (build == passed_.end()) return add("reproduced", false, "there is no passed build");
    const std::string digest = build->second.message->payload_digest.to_string();
    const std::string& manifest = build->second.receipt->manifest();
    std::set<std::string> nodes = {owner_of(signer_of(*build->second.message))};
    for (const auto& [message, evidence] : evidence_) {
      const std::string key = signer_of(*message);
      const bool same = evidence->name() == reproduction && field_of(*evidence, "message") == digest &&
                        !manifest.empty() && evidence->artifact() == manifest;
      if (same && has_role(key, Role::station)) nodes.insert(owner_of(key));
    }
    add("reproduced", nodes.size() >= policy_.reproduced_on,
        fmt::format("{} nodes made the same build, {} are needed", nodes.size(), policy_.reproduced_on));
  }

  const Bundle& bundle_;
  const BundleReport& report_;
  const ReleasePolicy& policy_;
  std::map<std::string, proto::PublicKeyEntry> keys_;
  std::map<Stage, PassedReceipt> passed_;  // the last of each stage
  std::vector<const BundleMessage*> overrides_;
  std::vector<std::pair<const LineMessage*, const proto::Evidence*>> evidence_;
  std::vector<PolicyFinding> findings_;
};

}  // namespace

std::vector<PolicyFinding> judge_release(const Bundle& bundle, const BundleReport& report,
                                         const ReleasePolicy& policy) {
  TCPS_CHECK(!report.fault && !report.chain.chains.empty());
  return Judge(bundle, report, policy).findings();
}

std::vector<StatementSubject> release_subjects(const BundleReport& report) {
  std::vector<StatementSubject> subjects;
  for (const BundleMessage& entry : report.messages) {
    const auto* receipt = std::get_if<proto::Receipt>(&entry.message.predicate);
    if (receipt != nullptr && receipt->stage() == to_string(Stage::release) &&
        status_of(*receipt) == ReceiptStatus::completed)
      subjects = entry.message.subjects;
  }
  return subjects;
}

}  // namespace tcps::ledger
