#include "actors/line/fold/line_state.h"

#include <limits>
#include <type_traits>

#include "actors/line/fold/judging.h"

namespace tcps::line {
namespace {

// The first 8 bytes of the id's digest: two of ten million closed work orders share them with a chance of 3
// in a million, and then every node alike takes the second for closed.
uint64_t fingerprint(const WorkOrderId& id) {
  uint64_t value;
  std::memcpy(&value, Digest::of(id.str()).raw().data(), sizeof value);
  return value;
}

}  // namespace

LineState::LineState(LineName line, SignatureCheck check)
    : line_(std::move(line)), check_(std::move(check)) {}

bool LineState::verify_directly(const LineMessage& message, size_t index, const PublicKey& key) {
  return verify(message.envelope, index, key);
}

Verdict LineState::apply(uint64_t position, std::string_view subject, const LineMessage& message) {
  TCPS_CHECK(position > position_);
  Judging judging(*this, position, message);
  const auto good = judging.judge(subject);
  position_ = position;
  if (!good) return {false, judging.is_forged(), good.error().message, {}};
  bool event =
      std::visit([](const auto& m) { return is_event<std::decay_t<decltype(m)>>; }, message.predicate);
  if (event) remember_event(message.payload_digest);
  return {true, false, {}, judging.take_changes()};
}

Verdict LineState::skip(uint64_t position, std::string reason) {
  TCPS_CHECK(position > position_);
  position_ = position;
  return {false, false, std::move(reason), {}};
}

void LineState::remember_event(const Digest& payload) {
  recent_events_.emplace_back(position_, payload);
  recent_event_set_.insert(payload);
  while (position_ - recent_events_.front().first > replay_window) {
    recent_event_set_.erase(recent_events_.front().second);
    recent_events_.pop_front();
  }
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
                     [](const auto& pair) { return stops_work(pair.second) && !pair.second.stage; });
}

bool LineState::diverged() const {
  return std::any_of(andons_.begin(), andons_.end(),
                     [](const auto& pair) { return pair.second.kind == AndonKind::diverged; });
}

bool LineState::stage_stopped(Stage stage) const {
  for (const auto& [id, call] : andons_) {
    if (!stops_work(call)) continue;
    if (call.stage.value_or(stage) == stage) return true;
  }
  return false;
}

const RoleHolder& LineState::holder(Role role) const {
  TCPS_CHECK(is_claimed(role));
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

// ---- where a work order stands

void LineState::enter(WorkOrderState& order, Phase phase, Stage stage) {
  order.phase = phase;
  order.stage = stage;
  if (phase == Phase::backlog) backlog_.insert(order.bucket, order.backlog_key, order.id);
  if (phase == Phase::working) {
    cards_.emplace(order.card, order.id);
    card_positions_.emplace(order.card_position, order.id);
    ++open_cards_[static_cast<size_t>(stage)];
  }
  wip_.used += occupies_slot(order);
}

void LineState::leave(WorkOrderState& order) {
  wip_.used -= occupies_slot(order);
  if (order.phase == Phase::backlog) backlog_.erase(order.bucket, order.backlog_key);
  if (order.phase == Phase::working) {
    cards_.erase(order.card);
    card_positions_.erase(order.card_position);
    --open_cards_[static_cast<size_t>(order.stage)];
    order.card_position = 0;
  }
}

void LineState::forget(const WorkOrderId& id) {
  closed_.insert(fingerprint(id));
  work_orders_.erase(id);
}

}  // namespace tcps::line
