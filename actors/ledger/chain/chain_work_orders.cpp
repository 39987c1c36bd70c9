#include "actors/ledger/chain/chain_work_orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tcps::ledger {
namespace {

uint64_t fingerprint(const std::string& work_order) {
  uint64_t value;
  std::memcpy(&value, Digest::of(work_order).raw().data(), sizeof value);
  return value;
}

Status require_role(const ChainKey& signer, Role role) {
  if (signer.has_role(role)) return {};
  return fail(ErrorCode::invalid, fmt::format("the signing key does not have the role {}", to_string(role)));
}

}  // namespace

Status ChainWorkOrders::apply(uint64_t index, const LineMessage& message, const ChainKey& signer) {
  signer_ = &signer;
  return std::visit([&](const auto& predicate) { return apply_one(index, message, predicate); },
                    message.predicate);
}

std::vector<WorkOrderChain> ChainWorkOrders::take_closed() { return std::exchange(closed_, {}); }

std::vector<WorkOrderChain> ChainWorkOrders::take_open() {
  std::vector<WorkOrderChain> open;
  for (auto& [id, order] : orders_) {
    order.chain.state = order.phase == Phase::set_aside ? ChainState::set_aside : ChainState::open;
    open.push_back(std::move(order.chain));
  }
  orders_.clear();
  return open;
}

Result<ChainWorkOrders::Orders::iterator> ChainWorkOrders::unclosed(const std::string& work_order) {
  const auto found = orders_.find(work_order);
  if (found != orders_.end()) return found;
  if (closed_ids_.contains(fingerprint(work_order)))
    return fail(ErrorCode::invalid, "the work order was closed before");
  return fail(ErrorCode::invalid, "the work order has no acceptance before this entry");
}

void ChainWorkOrders::close(Orders::iterator order, ChainState state) {
  order->second.chain.state = state;
  closed_ids_.insert(fingerprint(order->first));
  std::erase_if(calls_, [&](const auto& call) { return call.second == order->first; });
  closed_.push_back(std::move(order->second.chain));
  orders_.erase(order);
}

// Brings the order to `attempt` when a resume that is not shown may have done so.
Status ChainWorkOrders::reach_attempt(Tracked& order, uint32_t attempt) {
  if (!resumes_shown_ && order.phase == Phase::set_aside && attempt > order.attempt) {
    order.attempt = attempt;
    order.phase = Phase::waiting;
  }
  if (attempt == order.attempt) return {};
  return fail(ErrorCode::invalid,
              fmt::format("it is of attempt {}, the work order is at attempt {}", attempt, order.attempt));
}

Status ChainWorkOrders::apply_one(uint64_t index, const LineMessage& message, const proto::Acceptance& m) {
  TCPS_TRY(require_role(*signer_, Role::intake));
  const std::string& id = m.work_order().id();
  if (orders_.contains(id) || closed_ids_.contains(fingerprint(id)))
    return fail(ErrorCode::invalid, "the work order was accepted before");
  Tracked order;
  order.chain.work_order = id;
  order.chain.accepted_index = index;
  order.chain.acceptance = message.payload_digest;
  order.digest = work_order_digest(m.work_order()).to_string();
  order.pool = m.work_order().pull_pool();
  order.card = order.passed = message.payload_digest.to_string();
  orders_.emplace(id, std::move(order));
  return {};
}

Status ChainWorkOrders::apply_one(uint64_t index, const LineMessage& message, const proto::Receipt& m) {
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  Tracked& order = found->second;
  const auto stage = TCPS_TRY(parse_stage(m.stage()));
  const auto& outcomes = order.chain.outcomes;
  if (std::any_of(outcomes.begin(), outcomes.end(),
                  [&](const LinkedOutcome& o) { return o.stage == stage && o.attempt == m.attempt(); })) {
    return fail(ErrorCode::invalid, fmt::format("it is a second outcome of attempt {}", m.attempt()));
  }
  TCPS_TRY(reach_attempt(order, m.attempt()));
  if (stage != order.stage)
    return fail(ErrorCode::invalid, fmt::format("the work order is due at stage {}", to_string(order.stage)));
  if (m.work_order_digest() != order.digest)
    return fail(ErrorCode::invalid, "its work order digest is not that of the accepted work order");
  const bool is_plan = stage == Stage::plan;
  if (order.phase != (is_plan ? Phase::waiting : Phase::working))
    return fail(ErrorCode::invalid, "no card of the work order is open at this stage");
  if (m.predecessor() != (is_plan ? order.passed : order.card)) {
    return fail(ErrorCode::invalid,
                fmt::format("its predecessor {} is not {}, the {}", m.predecessor(),
                            is_plan ? order.passed : order.card,
                            is_plan ? "receipt of pull" : "message that opened the card"));
  }
  const bool may = is_plan ? signer_->has_role(Role::planner) : signer_->may_work(m.stage(), order.pool);
  if (!may) return fail(ErrorCode::invalid, "the signing key may not work this stage and pool");
  const auto status = TCPS_TRY(status_of(m));
  order.chain.outcomes.push_back(
      {stage, m.attempt(), index, message.payload_digest, status, m.failure().mode(), m.node()});
  return advance(found, m, status, message.payload_digest.to_string());
}

Status ChainWorkOrders::advance(Orders::iterator found, const proto::Receipt& m, ReceiptStatus status,
                                const std::string& payload) {
  Tracked& order = found->second;
  if (status == ReceiptStatus::failed) {
    order.phase = Phase::set_aside;
    return {};
  }
  const auto following = next_stage(order.stage);
  if (m.next().stage() != (following ? to_string(*following) : "")) {
    return fail(ErrorCode::invalid, fmt::format("it hands on to stage '{}'", m.next().stage()));
  }
  order.passed = payload;
  if (!following) {
    close(found, ChainState::done);
    return {};
  }
  order.stage = *following;
  order.phase = *following == Stage::plan ? Phase::waiting : Phase::working;
  order.pool = m.next().pool();
  order.card = payload;
  return {};
}

Status ChainWorkOrders::apply_one(uint64_t, const LineMessage& message, const proto::Dispatch& m) {
  TCPS_TRY(require_role(*signer_, Role::planner));
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  Tracked& order = found->second;
  TCPS_TRY(reach_attempt(order, m.attempt()));
  if (order.phase != Phase::waiting || order.stage == Stage::plan)
    return fail(ErrorCode::invalid, "the work order does not wait for a dispatch");
  if (m.next().stage() != to_string(order.stage))
    return fail(ErrorCode::invalid, fmt::format("the work order is due at stage {}", to_string(order.stage)));
  if (m.predecessor() != order.passed) {
    return fail(ErrorCode::invalid, fmt::format("its predecessor {} is not the last passed outcome {}",
                                                m.predecessor(), order.passed));
  }
  order.phase = Phase::working;
  order.pool = m.next().pool();
  order.card = message.payload_digest.to_string();
  return {};
}

Status ChainWorkOrders::apply_one(uint64_t, const LineMessage&, const proto::AndonRaised& m) {
  if (m.work_order_id().empty()) return {};
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  calls_[m.andon_id()] = m.work_order_id();
  found->second.phase = Phase::set_aside;
  return {};
}

Status ChainWorkOrders::apply_one(uint64_t, const LineMessage&, const proto::AndonResolved& m) {
  TCPS_TRY(require_role(*signer_, Role::operator_));
  const auto call = calls_.find(m.andon_id());
  if (call == calls_.end()) return {};
  const auto order = orders_.find(call->second);
  calls_.erase(call);
  if (order == orders_.end()) return {};
  const auto disposition = disposition_of(m);
  if (disposition == Disposition::cancel) {
    close(order, ChainState::cancelled);
  } else if (disposition == Disposition::resume && order->second.phase == Phase::set_aside) {
    ++order->second.attempt;
    order->second.phase = Phase::waiting;
  }
  return {};
}

Status ChainWorkOrders::apply_one(uint64_t, const LineMessage&, const proto::WorkOrderDecision& m) {
  TCPS_TRY(require_role(*signer_, Role::operator_));
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  Tracked& order = found->second;
  TCPS_TRY(reach_attempt(order, m.attempt()));
  const auto decision = decision_of(m);
  if (decision == Decision::cancel) {
    close(found, ChainState::cancelled);
  } else if (decision == Decision::resume) {
    if (order.phase != Phase::set_aside)
      return fail(ErrorCode::invalid, "it resumes a work order that was not set aside");
    ++order.attempt;
    order.phase = Phase::waiting;
  } else {
    order.phase = Phase::set_aside;
  }
  return {};
}

}  // namespace tcps::ledger
