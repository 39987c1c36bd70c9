#include "actors/line/fold/line_state.h"

#include <limits>
#include <type_traits>

#include "actors/line/fold/applying.h"
#include "messages/utf8.h"

namespace tcps::line {
namespace {

// The first 8 bytes of the id's digest: two of ten million closed work orders share them with a chance of 3
// in a million, and then every node alike takes the second for closed.
uint64_t fingerprint(const WorkOrderId& id) {
  uint64_t value;
  std::memcpy(&value, Digest::of(id.str()).raw().data(), sizeof value);
  return value;
}

// Calls that stop a stage, or the line when they name none.
bool stops_work(const AndonCall& call) {
  return call.work_order.empty() &&
         (call.kind == "pulled" || call.kind == "systemic" || call.kind == "diverged");
}

template <class M>
constexpr bool is_event = !std::is_same_v<M, proto::Genesis> && !std::is_same_v<M, proto::Acceptance> &&
                          !std::is_same_v<M, proto::Receipt> && !std::is_same_v<M, proto::Dispatch>;

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::working:
      return "working";
    case Phase::backlog:
      return "backlog";
    case Phase::quarantined:
      return "quarantined";
    case Phase::held:
      return "held";
  }
  return "unknown";
}

std::string_view to_string(ChangeKind kind) {
  static constexpr std::array<std::string_view, 22> names = {"genesis",
                                                             "accepted",
                                                             "card-opened",
                                                             "card-closed",
                                                             "backlogged",
                                                             "released",
                                                             "done",
                                                             "quarantined",
                                                             "held",
                                                             "cancelled",
                                                             "resumed",
                                                             "andon-raised",
                                                             "andon-acknowledged",
                                                             "andon-escalated",
                                                             "andon-resolved",
                                                             "wip-changed",
                                                             "product-changed",
                                                             "role-changed",
                                                             "keys-changed",
                                                             "replicas-changed",
                                                             "evidence",
                                                             "epoch-begun"};
  return names[static_cast<size_t>(kind)];
}

LineState::LineState(LineName line, SignatureCheck check)
    : line_(std::move(line)), check_(std::move(check)) {}

bool LineState::verify_directly(const LineMessage& message, size_t index, const PublicKey& key) {
  return verify(message.envelope, index, key);
}

Verdict LineState::apply(uint64_t position, std::string_view subject, const LineMessage& message) {
  TCPS_CHECK(position > position_);
  Applying a{position, message};
  auto status = [&]() -> Status {
    auto expected = TCPS_TRY(subject_of(line_, message.predicate));
    if (expected != subject) return refuse("subject is not the one of the content: " + expected);
    TCPS_TRY(judge_common(a));
    return std::visit([&](const auto& predicate) { return judge(a, predicate); }, message.predicate);
  }();
  position_ = position;
  if (!status) return {false, a.forged, status.error().message, {}};
  bool event =
      std::visit([](const auto& m) { return is_event<std::decay_t<decltype(m)>>; }, message.predicate);
  if (event) remember_event(message.payload_digest);
  return {true, false, {}, std::move(a.changes)};
}

Verdict LineState::skip(uint64_t position, std::string reason) {
  TCPS_CHECK(position > position_);
  position_ = position;
  return {false, false, std::move(reason), {}};
}

// Origin, signature and freshness: the same for every kind of message.
Status LineState::judge_common(Applying& a) {
  const auto& signatures = a.message.envelope.signatures;
  if (signatures.size() != 1) return refuse("a message of the line carries exactly one signature");
  if (std::holds_alternative<proto::Genesis>(a.message.predicate)) return {};  // brings its own keys
  if (genesis_.empty()) return refuse("the line has no genesis yet");
  const auto& key_id = signatures.front().key_id;
  a.signer = keys_.find(key_id);
  if (a.signer == nullptr) {
    a.forged = true;
    return refuse(keys_.revoked(key_id) ? "the key was revoked" : "the key is unknown");
  }
  if (!check_(a.message, 0, a.signer->key)) {
    a.forged = true;
    return refuse("the signature is not the key's");
  }
  return std::visit(
      [&](const auto& m) -> Status {
        using M = std::decay_t<decltype(m)>;
        if constexpr (!std::is_same_v<M, proto::Genesis>) {
          if (m.log().line() != line_.str() || m.log().genesis() != genesis_)
            return refuse("the message belongs to another log");
          if (is_event<M> && !fresh(m.log(), a.position)) {
            return refuse(
                "the event looks back too far or into the future: sign it again with the position seen");
          }
          if (is_event<M> && recent_event_set_.contains(a.message.payload_digest))
            return refuse("the event is a repetition");
        }
        return {};
      },
      a.message.predicate);
}

bool LineState::fresh(const proto::LogOrigin& log, uint64_t position) const {
  return log.seen() > 0 && log.seen() < position && position - log.seen() <= replay_window;
}

void LineState::remember_event(const Digest& payload) {
  recent_events_.emplace_back(position_, payload);
  recent_event_set_.insert(payload);
  while (position_ - recent_events_.front().first > replay_window) {
    recent_event_set_.erase(recent_events_.front().second);
    recent_events_.pop_front();
  }
}

Status LineState::require(const Applying& a, Role role) const {
  if (a.signer->has(role)) return {};
  return refuse("the key of " + a.signer->owner + " lacks the role " + std::string(to_string(role)));
}

Status LineState::require_term(const Applying& a, Role role, uint32_t term) const {
  TCPS_TRY(require(a, role));
  const auto& current = holder(role);
  if (term == current.term && a.signer->key_id == current.key_id) return {};
  return refuse("term " + std::to_string(term) + " of " + a.signer->owner + " is not the " +
                std::string(to_string(role)) + "'s: term " + std::to_string(current.term) + " is held by " +
                current.node);
}

Result<WorkOrderState*> LineState::unclosed(const std::string& id) {
  auto parsed = TCPS_TRY(WorkOrderId::parse(id));
  auto found = work_orders_.find(parsed);
  if (found != work_orders_.end()) return &found->second;
  return refuse(closed(parsed) ? "work order " + id + " is closed" : "work order " + id + " is not known");
}

// ---- queries

const WorkOrderState* LineState::find(const WorkOrderId& id) const {
  auto found = work_orders_.find(id);
  return found == work_orders_.end() ? nullptr : &found->second;
}

bool LineState::closed(const WorkOrderId& id) const { return closed_.contains(fingerprint(id)); }

const WorkOrderState* LineState::card_holder(const Digest& card) const {
  auto found = cards_.find(card);
  return found == cards_.end() ? nullptr : find(found->second);
}

const WorkOrderState* LineState::open_card_at(uint64_t position) const {
  auto found = card_positions_.find(position);
  return found == card_positions_.end() ? nullptr : find(found->second);
}

size_t LineState::waiting() const { return backlog_.size() + open_cards(Stage::pull); }

bool LineState::line_stopped() const {
  return std::any_of(andons_.begin(), andons_.end(),
                     [](const auto& pair) { return stops_work(pair.second) && pair.second.stage.empty(); });
}

bool LineState::diverged() const {
  return std::any_of(andons_.begin(), andons_.end(),
                     [](const auto& pair) { return pair.second.kind == "diverged"; });
}

bool LineState::stage_stopped(Stage stage) const {
  for (const auto& [id, call] : andons_) {
    if (!stops_work(call)) continue;
    if (call.stage.empty() || call.stage == tcps::to_string(stage)) return true;
  }
  return false;
}

const RoleHolder& LineState::holder(Role role) const {
  TCPS_CHECK(role == Role::planner || role == Role::supervisor);
  return role == Role::planner ? planner_ : supervisor_;
}

const std::string& LineState::highest_version(const std::string& sku) const {
  static const std::string none;
  auto found = versions_.find(sku);
  return found == versions_.end() ? none : found->second;
}

uint64_t LineState::lowest_open_card() const {
  return card_positions_.empty() ? std::numeric_limits<uint64_t>::max() : card_positions_.begin()->first;
}

// ---- the moves that judgements are made of

void LineState::open_card(Applying& a, WorkOrderState& order, Stage stage, const Pool& pool) {
  order.phase = Phase::working;
  order.stage = stage;
  order.pool = pool;
  order.card = a.message.payload_digest;
  order.card_position = a.position;
  index(order);
  a.note(ChangeKind::card_opened, order);
}

void LineState::index(WorkOrderState& order) {
  cards_.emplace(order.card, order.id);
  card_positions_.emplace(order.card_position, order.id);
  ++open_cards_[static_cast<size_t>(order.stage)];
}

void LineState::close_card(Applying& a, WorkOrderState& order) {
  a.note(ChangeKind::card_closed, order);
  cards_.erase(order.card);
  card_positions_.erase(order.card_position);
  order.card_position = 0;
  --open_cards_[static_cast<size_t>(order.stage)];
}

void LineState::to_backlog(Applying& a, WorkOrderState& order, Stage stage, bool resumed) {
  order.phase = Phase::backlog;
  order.stage = stage;
  order.backlog_key.fresh = !resumed;
  order.backlog_key.position = a.position;
  backlog_.insert(order.bucket, order.backlog_key, order.id);
  a.note(ChangeKind::backlogged, order);
}

void LineState::leave_backlog(WorkOrderState& order) { backlog_.erase(order.bucket, order.backlog_key); }

void LineState::take_slot(WorkOrderState& order) {
  TCPS_CHECK(!order.holds_slot);
  order.holds_slot = true;
  ++wip_;
}

void LineState::free_slot(WorkOrderState& order) {
  if (order.holds_slot) --wip_;
  order.holds_slot = false;
}

void LineState::set_aside(Applying& a, WorkOrderState& order, Phase phase, std::string mode,
                          std::string reason) {
  if (order.phase == Phase::working) close_card(a, order);
  if (order.phase == Phase::backlog) leave_backlog(order);
  free_slot(order);
  order.phase = phase;
  order.failure_mode = std::move(mode);
  order.reason = utf8::cut(reason, reason_bytes_max);  // bounded, and fits a call for help
  order.called = false;
  a.note(phase == Phase::held ? ChangeKind::held : ChangeKind::quarantined, order, order.failure_mode);
}

void LineState::resume(Applying& a, WorkOrderState& order) {
  ++order.attempt;
  order.failure_mode.clear();
  order.reason.clear();
  a.note(ChangeKind::resumed, order);
  to_backlog(a, order, order.stage, true);
}

void LineState::close(Applying& a, WorkOrderState& order, ChangeKind kind, std::string detail) {
  if (order.phase == Phase::working) close_card(a, order);
  if (order.phase == Phase::backlog) leave_backlog(order);
  free_slot(order);
  resolve_andons_of(a, order.id);
  a.note(kind, order, std::move(detail));
  closed_.insert(fingerprint(order.id));
  work_orders_.erase(WorkOrderId(order.id));
}

void LineState::resolve_andons_of(Applying& a, const WorkOrderId& id) {
  std::erase_if(andons_, [&](const auto& pair) {
    if (pair.second.work_order != id.str()) return false;
    a.changes.push_back({ChangeKind::andon_resolved, id, Stage::pull, pair.second.attempt, {}, pair.first});
    return true;
  });
}

}  // namespace tcps::line
