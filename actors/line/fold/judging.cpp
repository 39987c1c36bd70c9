#include "actors/line/fold/judging.h"

#include "messages/utf8.h"

namespace tcps::line {
Status LineState::Judging::judge(std::string_view subject) {
  auto expected = TCPS_TRY(subject_of(state_.line_, message_.predicate));
  if (expected != subject) return refuse("subject is not the one of the content: " + expected);
  TCPS_TRY(judge_origin());
  return std::visit([&](const auto& predicate) { return judge(predicate); }, message_.predicate);
}

// Log, signature and freshness: the same for every kind of message.
Status LineState::Judging::judge_origin() {
  const auto& signatures = message_.envelope.signatures;
  if (signatures.size() != 1) return refuse("a message of the line carries exactly one signature");
  if (std::holds_alternative<proto::Genesis>(message_.predicate)) return {};  // brings its own keys
  if (state_.genesis_.empty()) return refuse("the line has no genesis yet");
  const auto& key_id = signatures.front().key_id;
  signer_ = state_.keys_.find(key_id);
  if (signer_ == nullptr) {
    forged_ = true;
    return refuse(state_.keys_.revoked(key_id) ? "the key was revoked" : "the key is unknown");
  }
  if (!state_.check_(message_, 0, signer_->key)) {
    forged_ = true;
    return refuse("the signature is not the key's");
  }
  return std::visit([&](const auto& m) { return judge_place(m); }, message_.predicate);
}

template <class Message>
Status LineState::Judging::judge_place(const Message& m) const {
  if constexpr (!std::is_same_v<Message, proto::Genesis>) {
    if (m.log().line() != state_.line_.str() || m.log().genesis() != state_.genesis_)
      return refuse("the message belongs to another log");
    if (!is_event<Message>) return {};
    const uint64_t seen = m.log().seen();
    if (seen == 0 || seen >= position_ || position_ - seen > replay_window) {
      return refuse("the event looks back too far or into the future: sign it again with the position seen");
    }
    if (state_.recent_event_set_.contains(message_.payload_digest))
      return refuse("the event is a repetition");
  }
  return {};
}

Status LineState::Judging::require(Role role) const {
  if (signer_->has(role)) return {};
  return refuse("the key of " + signer_->owner + " lacks the role " + std::string(to_string(role)));
}

Status LineState::Judging::require_term(Role role, uint32_t term) const {
  TCPS_TRY(require(role));
  const auto& current = state_.holder(role);
  if (term == current.term && signer_->key_id == current.key_id) return {};
  return refuse("term " + std::to_string(term) + " of " + signer_->owner + " is not the " +
                std::string(to_string(role)) + "'s: term " + std::to_string(current.term) + " is held by " +
                current.node);
}

Status LineState::Judging::require_slot() const {
  if (state_.wip_.free() > 0) return {};
  return refuse("the WIP limit of " + std::to_string(state_.wip_.limit) + " is reached");
}

Result<WorkOrderState*> LineState::Judging::unclosed(const std::string& id) const {
  auto parsed = TCPS_TRY(WorkOrderId::parse(id));
  auto found = state_.work_orders_.find(parsed);
  if (found != state_.work_orders_.end()) return &found->second;
  return refuse(state_.closed(parsed) ? "work order " + id + " is closed"
                                      : "work order " + id + " is not known");
}

// ---- the moves that judgements are made of

void LineState::Judging::open_card(WorkOrderState& order, Stage stage, const Pool& pool) {
  order.pool = pool;
  order.card = message_.payload_digest;
  order.card_position = position_;
  state_.enter(order, Phase::working, stage);
  note(ChangeKind::card_opened, order);
}

void LineState::Judging::to_backlog(WorkOrderState& order, Stage stage, bool resumed) {
  order.backlog_key.fresh = !resumed;
  order.backlog_key.position = position_;
  state_.enter(order, Phase::backlog, stage);
  note(ChangeKind::backlogged, order);
}

void LineState::Judging::leave(WorkOrderState& order) {
  if (order.phase == Phase::working) note(ChangeKind::card_closed, order);
  state_.leave(order);
}

void LineState::Judging::set_aside(WorkOrderState& order, Phase phase, std::string mode, std::string reason) {
  leave(order);
  state_.enter(order, phase, order.stage);
  order.failure_mode = std::move(mode);
  order.reason = utf8::cut(reason, reason_bytes_max);  // bounded, and fits a call for help
  order.called = false;
  note(phase == Phase::held ? ChangeKind::held : ChangeKind::quarantined, order, order.failure_mode);
}

void LineState::Judging::resume(WorkOrderState& order) {
  ++order.attempt;
  order.failure_mode.clear();
  order.reason.clear();
  note(ChangeKind::resumed, order);
  to_backlog(order, order.stage, true);
}

void LineState::Judging::close(WorkOrderState& order, ChangeKind kind, std::string detail) {
  leave(order);
  resolve_andons_of(order.id);
  note(kind, order, std::move(detail));
  state_.forget(WorkOrderId(order.id));
}

void LineState::Judging::resolve_andons_of(const WorkOrderId& id) {
  std::erase_if(state_.andons_, [&](const auto& pair) {
    if (pair.second.work_order != id.str()) return false;
    changes_.push_back({ChangeKind::andon_resolved, id, Stage::pull, pair.second.attempt, {}, pair.first});
    return true;
  });
}

void LineState::Judging::note(ChangeKind kind, const WorkOrderState& order, std::string detail) {
  changes_.push_back({kind, order.id, order.stage, order.attempt, order.card, std::move(detail)});
}

void LineState::Judging::note(ChangeKind kind, std::string detail) {
  changes_.push_back({kind, {}, Stage::pull, 0, {}, std::move(detail)});
}

}  // namespace tcps::line
