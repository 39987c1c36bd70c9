// Judgements on what moves work: acceptances, receipts, dispatches, decisions.
#include "actors/line/fold/judging.h"
#include "messages/failure_mode.h"
#include "messages/version.h"

namespace tcps::line {
namespace {

Result<Digest> parse_optional_digest(const std::string& text) {
  if (text.empty()) return Digest{};
  return Digest::parse(text);
}

}  // namespace

Status LineState::Judging::judge(const proto::Acceptance& m) {
  TCPS_TRY(require(Role::intake));
  const auto& order = m.work_order();
  auto id = TCPS_TRY(WorkOrderId::parse(order.id()));
  if (order.line() != state_.line_.str() ||
      id != work_order_id(state_.line_, order.demand().source(), order.demand().signal_id())) {
    return refuse("the work order id is not the digest of line, source and signal id");
  }
  if (state_.work_orders_.contains(id) || state_.closed(id))
    return refuse("work order " + order.id() + " was accepted before");
  if (state_.waiting() >= state_.backlog_limit_)
    return refuse("the backlog of " + std::to_string(state_.backlog_limit_) + " is full");
  auto bucket = TCPS_TRY(parse_word<Bucket>(order.bucket()));
  auto priority = TCPS_TRY(parse_priority(order.priority()));
  auto pool = TCPS_TRY(Pool::parse(order.pull_pool()));
  auto standard_work = TCPS_TRY(parse_optional_digest(order.standard_work()));
  if (order.sku().size() > 256 || order.due_date().size() > 32) return refuse("sku or due date is too long");

  WorkOrderState state;
  state.id = id;
  state.digest = work_order_digest(order);
  state.sku = order.sku();
  state.bucket = bucket;
  state.backlog_key.priority = priority;
  state.backlog_key.due_date = order.due_date();
  state.standard_work = standard_work;
  state.accepted_position = position_;
  state.acceptance = state.passed = message_.payload_digest;
  auto& stored = state_.work_orders_.emplace(id, std::move(state)).first->second;
  note(ChangeKind::accepted, stored);
  open_card(stored, Stage::pull, pool);
  return {};
}

Status LineState::Judging::judge(const proto::Receipt& m) {
  auto order = TCPS_TRY(unclosed(m.work_order_id()));
  auto& state = *order;
  if (m.attempt() != state.attempt) {
    return refuse("attempt " + std::to_string(m.attempt()) + " is over: the work order is at attempt " +
                  std::to_string(state.attempt));
  }
  if (m.work_order_digest() != state.digest.to_string())
    return refuse("the receipt is for other content of the work order");
  if (m.node() != signer_->owner)
    return refuse("the receipt names node " + m.node() + " and is signed by " + signer_->owner);
  if (m.sku() != state.sku) return refuse("the work order makes " + state.sku + ", the receipt " + m.sku());
  if (m.standard_work() != (state.standard_work.empty() ? "" : state.standard_work.to_string()))
    return refuse("the receipt follows another standard work");
  const auto status = TCPS_TRY(status_of(m));
  TCPS_TRY(parse_optional_digest(m.manifest()));
  auto stage = TCPS_TRY(parse_stage(m.stage()));
  if (status == ReceiptStatus::failed && !m.failure().mode().empty()) {
    auto mode = TCPS_TRY(parse_failure_mode(m.failure().mode()));
    if (stage_of(mode) != stage)
      return refuse("failure mode " + m.failure().mode() + " is not one of stage " + m.stage());
  }
  return stage == Stage::plan ? judge_plan(m, state) : judge_station(m, state);
}

// The planner's receipt: takes the work order from the backlog into the line.
Status LineState::Judging::judge_plan(const proto::Receipt& m, WorkOrderState& order) {
  TCPS_TRY(require_term(Role::planner, m.term()));
  if (order.phase != Phase::backlog || order.stage != Stage::plan)
    return refuse("the work order does not wait for a plan");
  if (m.predecessor() != order.passed.to_string())
    return refuse("predecessor is not the last passed outcome");
  if (status_of(m) == ReceiptStatus::failed) {
    set_aside(order, Phase::quarantined, m.failure().mode(), m.failure().reason());
    return {};
  }
  TCPS_TRY(require_slot());
  auto pool = TCPS_TRY(Pool::parse(m.next().pool()));
  if (m.next().stage() != to_string(Stage::generate)) return refuse("plan is followed by generate");
  if (m.manifest() != (order.manifest.empty() ? "" : order.manifest.to_string()))
    return refuse("plan leaves the manifest as it is");
  if (m.version() != order.version)
    return refuse("version " + m.version() + " is not the one that pull assigned");
  leave(order);
  state_.cycle_.take(order.bucket);
  order.passed = message_.payload_digest;
  note(ChangeKind::released, order);
  open_card(order, Stage::generate, pool);
  return {};
}

Status LineState::Judging::judge_station(const proto::Receipt& m, WorkOrderState& order) {
  auto stage = *parse_stage(m.stage());
  if (order.phase != Phase::working || order.stage != stage) {
    return refuse("no card of the work order is open at " + m.stage() + ": it is " +
                  std::string(to_string(order.phase)) + " at " + std::string(to_string(order.stage)));
  }
  if (m.predecessor() != order.card.to_string())
    return refuse("predecessor is not the message that opened the card");
  if (!signer_->may_work(stage, order.pool.str()))
    return refuse("the key of " + signer_->owner + " may not work this stage and pool");
  if (status_of(m) == ReceiptStatus::failed) {
    if (m.has_next()) return refuse("a failed outcome goes nowhere");
    fail_stage(m, order);
    return {};
  }
  auto following = next_stage(stage);
  if (m.next().stage() != (following ? to_string(*following) : ""))
    return refuse("the next stage is not the one that follows");
  Pool next_pool;
  if (following) {
    next_pool = TCPS_TRY(Pool::parse(m.next().pool()));
  }
  TCPS_TRY(judge_version(m, order));
  pass_stage(m, order, next_pool);
  return {};
}

// Pull assigns a version, above all before it; the stages after it leave it as it is.
Status LineState::Judging::judge_version(const proto::Receipt& m, const WorkOrderState& order) const {
  if (order.stage != Stage::pull || m.version().empty()) {
    if (m.version() == order.version) return {};
    return refuse("version " + m.version() + " is not the one that pull assigned");
  }
  return check_version_rises(m.version(), state_.highest_version(order.sku));
}

void LineState::Judging::fail_stage(const proto::Receipt& m, WorkOrderState& order) {
  state_.failures_[static_cast<size_t>(order.stage)].add(m.failure().mode(), position_);
  set_aside(order, Phase::quarantined, m.failure().mode(), m.failure().reason());
}

// The card moves on: to the next station, to the planner, or out of the line.
void LineState::Judging::pass_stage(const proto::Receipt& m, WorkOrderState& order, const Pool& next_pool) {
  state_.failures_[static_cast<size_t>(order.stage)] = {};
  if (order.stage == Stage::pull && !m.version().empty())
    state_.versions_[order.sku] = order.version = m.version();
  order.passed = message_.payload_digest;
  order.manifest = *parse_optional_digest(m.manifest());
  auto following = next_stage(order.stage);
  if (!following) {
    ++state_.done_;
    state_.last_done_ = order.id.str();
    close(order, ChangeKind::done, order.version);
    return;
  }
  leave(order);
  if (*following == Stage::plan) {
    to_backlog(order, Stage::plan, false);
  } else {
    open_card(order, *following, next_pool);
  }
}

Status LineState::Judging::judge(const proto::Dispatch& m) {
  TCPS_TRY(require_term(Role::planner, m.term()));
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  auto& order = *found;
  if (order.phase != Phase::backlog || order.stage == Stage::plan)
    return refuse("the work order does not wait for a dispatch");
  if (m.attempt() != order.attempt) return refuse("the dispatch is for another attempt");
  if (m.next().stage() != to_string(order.stage))
    return refuse("the work order resumes at " + std::string(to_string(order.stage)));
  if (m.predecessor() != order.passed.to_string())
    return refuse("predecessor is not the last passed outcome");
  if (m.manifest() != (order.manifest.empty() ? "" : order.manifest.to_string()))
    return refuse("a dispatch leaves the manifest as it is");
  auto pool = TCPS_TRY(Pool::parse(m.next().pool()));
  if (occupies_slot(Phase::working, order.stage)) {
    TCPS_TRY(require_slot());
  }
  leave(order);
  state_.cycle_.take(order.bucket);  // as level() foresees it
  note(ChangeKind::released, order);
  open_card(order, order.stage, pool);
  return {};
}

Status LineState::Judging::judge(const proto::WorkOrderDecision& m) {
  TCPS_TRY(require(Role::operator_));
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  auto& order = *found;
  if (m.attempt() != order.attempt) {
    return refuse("the decision is about attempt " + std::to_string(m.attempt()) + ", the work order is at " +
                  std::to_string(order.attempt));
  }
  const auto decision = TCPS_TRY(decision_of(m));
  bool moving = order.phase == Phase::working || order.phase == Phase::backlog;
  if (decision == Decision::cancel) {
    close(order, ChangeKind::cancelled, m.reason());
    return {};
  }
  if (decision == Decision::resume) {
    if (moving) return refuse("the work order is not set aside");
    resolve_andons_of(order.id);
    resume(order);
    return {};
  }
  if (!moving) return refuse("the work order is " + std::string(to_string(order.phase)) + " already");
  set_aside(order, decision == Decision::hold ? Phase::held : Phase::quarantined, "", m.reason());
  order.called = true;
  return {};
}

}  // namespace tcps::line
