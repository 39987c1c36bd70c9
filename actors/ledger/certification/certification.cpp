#include "actors/ledger/certification/certification.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps::ledger {
namespace {

constexpr size_t notes_ahead_max = 8;
constexpr size_t sets_kept_max = 16;
constexpr int repeats_max = 4;                 // of a proposal, while there is something newer to propose
constexpr uint64_t wanted_ahead_max = 10'000;  // entries that an asker may be ahead of this replica

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Certification::Certification(Config config)
    : config_(std::move(config)),
      signed_(config_.signed_head),
      certificate_(config_.certificate),
      sets_{{0, {}}} {}

const ReplicaSet& Certification::replicas_at(uint64_t size) const {
  auto found = std::find_if(sets_.rbegin(), sets_.rend(), [&](const auto& set) { return set.first <= size; });
  return found == sets_.rend() ? sets_.front().second : found->second;
}

std::string Certification::proposer() const {
  const ReplicaSet& replicas = sets_.back().second;
  if (replicas.contains(preferred_)) return preferred_;
  return replicas.empty() ? std::string() : replicas.begin()->first;
}

void Certification::line_says(const std::string& proposer, bool diverged) {
  preferred_ = proposer;
  call_open_ = diverged;
  if (diverged) divergence_.reset();
}

// ---- what the log and the clock bring

Certification::Outcome Certification::reached(SizedRoot head, const std::optional<ReplicaSet>& replicas,
                                              uint64_t unix_s) {
  CertificationActions actions;
  head_ = head;
  if (signed_unchecked_ && signed_.size > 0 && head.size >= signed_.size) {
    TCPS_TRY(check_last_word(actions));
  }
  if (replicas) {
    const bool first = sets_.size() == 1 && sets_.front().second.empty();
    sets_.emplace_back(first ? 0 : head.size, *replicas);  // the first known stands for what was before
    if (sets_.size() > sets_kept_max) sets_.pop_front();
  }
  const auto take_reached = [&](std::deque<tlog::SignedCheckpoint>& notes, auto take) -> Status {
    std::deque<tlog::SignedCheckpoint> waiting = std::exchange(notes, {});
    for (const auto& note : waiting) {
      auto outcome = TCPS_TRY(take(note));
      std::move(outcome.begin(), outcome.end(), std::back_inserter(actions));
    }
    return {};
  };
  TCPS_TRY(take_reached(proposals_ahead_, [&](const auto& note) { return proposal(note, unix_s); }));
  TCPS_TRY(take_reached(certificates_ahead_, [&](const auto& note) { return certificate(note); }));
  TCPS_TRY(propose_if_wanted(actions));
  return actions;
}

Certification::Outcome Certification::wanted(uint64_t size, bool by_own) {
  CertificationActions actions;
  if (size <= certified_size() && !by_own && certificate_ && !std::exchange(told_again_, true))
    actions.push_back(SendCertificate{*certificate_});
  if (size <= certified_size() || size > head_.size + wanted_ahead_max) return actions;
  wanted_size_ = std::max(wanted_size_, size);
  if (proposer() != config_.node && by_own && size > asked_size_) {
    asked_size_ = size;
    actions.push_back(AskProposer{size});
  }
  TCPS_TRY(propose_if_wanted(actions));
  return actions;
}

Certification::Outcome Certification::tick() {
  CertificationActions actions;
  asked_size_ = 0;
  told_again_ = false;
  if (divergence_) {
    actions.push_back(*divergence_);
    return actions;
  }
  if (proposer() != config_.node || stopped()) {
    under_way_.reset();
    // Perhaps a certificate was missed, or the proposer does not know that there is something new.
    if (!stopped() && head_.size > certified_size()) actions.push_back(AskProposer{head_.size});
    return actions;
  }
  if (under_way_ && is_outdated(*under_way_)) under_way_.reset();
  if (under_way_) {
    ++under_way_->repeated;
    actions.push_back(SendProposal{under_way_->note});
  } else if (auto proposed = propose(actions); !proposed) {
    return fail(proposed.error());
  }
  return actions;
}

// Something greater was signed since; or other replicas count by now, and those that were asked may be gone;
// or nobody answers, perhaps because all have signed something greater for a proposer before this one.
bool Certification::is_outdated(const UnderWay& proposal) const {
  const uint64_t size = proposal.note.checkpoint.size;
  return size < signed_.size || replicas_at(size) != sets_.back().second ||
         (proposal.repeated >= repeats_max && size < head_.size);
}

// ---- what the other replicas say

Result<Certification::Judgement> Certification::judge(const tlog::SignedCheckpoint& note) const {
  const tlog::Checkpoint& body = note.checkpoint;
  Judgement judgement{Standing::stranger, {}, {}};
  if (body.origin != config_.origin || !body.extensions.empty()) return judgement;
  judgement.signers = signers_of(note, replicas_at(body.size));
  if (judgement.signers.empty()) return judgement;
  judgement.standing = Standing::ahead;
  if (body.size > head_.size) return judgement;
  auto own = TCPS_TRY(config_.root_at(body.size));
  judgement.own_root = own;
  judgement.standing = own == body.root ? Standing::agrees : Standing::conflicts;
  return judgement;
}

Certification::Outcome Certification::proposal(const tlog::SignedCheckpoint& note, uint64_t unix_s) {
  CertificationActions actions;
  tlog::Checkpoint body = note.checkpoint;
  if (stopped() || (under_way_ && under_way_->note.note.text == note.note.text)) return actions;
  auto judgement = TCPS_TRY(judge(note));
  if (judgement.standing == Standing::ahead) remember(proposals_ahead_, note);
  if (judgement.standing == Standing::stranger || judgement.standing == Standing::ahead) return actions;
  if (judgement.standing == Standing::conflicts) {
    conflict(body, judgement, actions);
    body.root = judgement.own_root;  // the own word on that size shows the others what they disagree with
  }
  const bool below = body.size < std::max(signed_.size, certified_size());
  if (below || judgement.signers.contains(config_.node)) return actions;
  TCPS_TRY(cosign(body, unix_s, actions));
  return actions;
}

Certification::Outcome Certification::cosignature(const tlog::SignedCheckpoint& note) {
  CertificationActions actions;
  if (stopped() || note.note.signatures.size() != 1) return actions;
  const bool of_mine = under_way_ && under_way_->note.note.text == note.note.text;
  if (!of_mine && note.checkpoint.size > head_.size) return actions;
  auto judgement = TCPS_TRY(judge(note));
  if (judgement.standing == Standing::conflicts) conflict(note.checkpoint, judgement, actions);
  if (judgement.standing != Standing::agrees || !of_mine) return actions;
  const std::string& node = *judgement.signers.begin();
  if (!under_way_->words.insert(node).second) return actions;
  under_way_->note.note.signatures.push_back(note.note.signatures.front());
  if (under_way_->words.size() < majority(replicas_at(note.checkpoint.size).size())) return actions;
  certify(std::exchange(under_way_, {})->note, true, actions);
  TCPS_TRY(propose_if_wanted(actions));
  return actions;
}

Certification::Outcome Certification::certificate(const tlog::SignedCheckpoint& note) {
  CertificationActions actions;
  const tlog::Checkpoint& body = note.checkpoint;
  if (stopped() || body.origin != config_.origin) return actions;
  if (body.size <= head_.size && body.size <= certified_size()) {
    auto own = TCPS_TRY(config_.root_at(body.size));
    if (own == body.root) return actions;  // news of yesterday
  }
  auto judgement = TCPS_TRY(judge(note));
  if (judgement.standing == Standing::ahead) remember(certificates_ahead_, note);
  if (judgement.standing == Standing::conflicts) conflict(body, judgement, actions);
  if (judgement.standing != Standing::agrees) return actions;
  if (judgement.signers.size() < majority(replicas_at(body.size).size())) return actions;
  if (under_way_ && under_way_->note.checkpoint.size <= body.size) under_way_.reset();
  certify(note, false, actions);
  return actions;
}

// ---- what follows

Status Certification::propose(CertificationActions& actions) {
  const ReplicaSet& replicas = replicas_at(head_.size);
  if (stopped() || proposer() != config_.node || !replicas.contains(config_.node)) return {};
  if (head_.size <= certified_size() || head_.size < signed_.size) return {};
  auto key = TCPS_TRY(proposer_key(config_.origin, config_.signer->public_key()));
  auto note =
      TCPS_TRY(tlog::sign_checkpoint({config_.origin, head_.size, head_.root, {}}, key, *config_.signer));
  signed_ = head_;
  if (majority(replicas.size()) == 1) {
    certify(std::move(note), true, actions);
    return {};
  }
  actions.push_back(SendProposal{note});
  under_way_ = {std::move(note), {config_.node}};
  return {};
}

Status Certification::propose_if_wanted(CertificationActions& actions) {
  const bool due = wanted_size_ > certified_size() && head_.size >= wanted_size_ && !under_way_;
  return due ? propose(actions) : Status{};
}

Status Certification::cosign(const tlog::Checkpoint& body, uint64_t unix_s, CertificationActions& actions) {
  if (!replicas_at(body.size).contains(config_.node)) return {};
  auto key = TCPS_TRY(cosigner_key(config_.origin, config_.node, config_.signer->public_key()));
  tlog::SignedCheckpoint word{body, {body.body(), {}}};
  auto signature = TCPS_TRY(tlog::cosign_note(word.note.text, key, unix_s, *config_.signer));
  word.note.signatures.push_back(std::move(signature));
  signed_ = {body.size, body.root};
  actions.push_back(SendCosignature{std::move(word)});
  return {};
}

// A store that came back shorter than what this node had signed must grow into the same tree again.
Status Certification::check_last_word(CertificationActions& actions) {
  signed_unchecked_ = false;
  auto own = TCPS_TRY(config_.root_at(signed_.size));
  if (own != signed_.root)
    conflict({config_.origin, signed_.size, signed_.root, {}}, {Standing::conflicts, {config_.node}, own},
             actions);
  return {};
}

void Certification::certify(tlog::SignedCheckpoint checkpoint, bool own, CertificationActions& actions) {
  if (checkpoint.checkpoint.size > certified_size()) certificate_ = checkpoint;
  actions.push_back(Certify{std::move(checkpoint), own});
}

void Certification::conflict(const tlog::Checkpoint& other, const Judgement& judgement,
                             CertificationActions& actions) {
  divergence_ = RaiseDivergence{
      other.size,
      fmt::format(
          "the logs diverge: at {} entries {} signed root {}, {} holds root {}; nothing more is certified "
          "until a person has found the wrong copy, ejected it and resolved this call",
          other.size, joined(judgement.signers), other.root.to_string(), config_.node,
          judgement.own_root.to_string())};
  under_way_.reset();
  actions.push_back(*divergence_);
}

void Certification::remember(std::deque<tlog::SignedCheckpoint>& notes, const tlog::SignedCheckpoint& note) {
  const bool known = std::any_of(notes.begin(), notes.end(),
                                 [&](const auto& one) { return one.note.text == note.note.text; });
  if (!known && notes.size() < notes_ahead_max) notes.push_back(note);
}

}  // namespace tcps::ledger
