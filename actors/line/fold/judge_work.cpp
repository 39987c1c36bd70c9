// Judgements on what moves work: acceptances, receipts, dispatches, decisions.
#include "actors/line/fold/applying.h"
#include "messages/failure_mode.h"
#include "messages/version.h"

namespace tcps::line {
namespace {

Result<Digest> parse_optional_digest(const std::string& text) {
  if (text.empty()) return Digest{};
  return Digest::parse(text);
}

}  // namespace

Status LineState::judge(Applying& a, const proto::Acceptance& m) {
  TCPS_TRY(require(a, Role::intake));
  const auto& order = m.work_order();
  auto id = WorkOrderId::parse(order.id());
  if (!id) return fail(id.error());
  if (order.line() != line_.str() ||
      *id != work_order_id(line_, order.demand().source(), order.demand().signal_id())) {
    return refuse("the work order id is not the digest of line, source and signal id");
  }
  if (work_orders_.contains(*id) || closed(*id))
    return refuse("work order " + order.id() + " was accepted before");
  if (waiting() >= backlog_limit_)
    return refuse("the backlog of " + std::to_string(backlog_limit_) + " is full");
  auto bucket = TCPS_TRY(parse_word<Bucket>(order.bucket()));
  auto priority = TCPS_TRY(parse_priority(order.priority()));
  auto pool = TCPS_TRY(Pool::parse(order.pull_pool()));
  auto standard_work = TCPS_TRY(parse_optional_digest(order.standard_work()));
  if (order.sku().size() > 256 || order.due_date().size() > 32) return refuse("sku or due date is too long");

  WorkOrderState state;
  state.id = *id;
  state.digest = work_order_digest(order);
  state.sku = order.sku();
  state.bucket = bucket;
  state.backlog_key.priority = priority;
  state.backlog_key.due_date = order.due_date();
  state.standard_work = standard_work;
  state.accepted_position = a.position;
  state.acceptance = state.passed = a.message.payload_digest;
  auto& stored = work_orders_.emplace(*id, std::move(state)).first->second;
  a.note(ChangeKind::accepted, stored);
  open_card(a, stored, Stage::pull, pool);
  return {};
}

Status LineState::judge(Applying& a, const proto::Receipt& m) {
  auto order = unclosed(m.work_order_id());
  if (!order) return fail(order.error());
  auto& state = **order;
  if (m.attempt() != state.attempt) {
    return refuse("attempt " + std::to_string(m.attempt()) + " is over: the work order is at attempt " +
                  std::to_string(state.attempt));
  }
  if (m.work_order_digest() != state.digest.to_string())
    return refuse("the receipt is for other content of the work order");
  if (m.node() != a.signer->owner)
    return refuse("the receipt names node " + m.node() + " and is signed by " + a.signer->owner);
  if (m.sku() != state.sku) return refuse("the work order makes " + state.sku + ", the receipt " + m.sku());
  if (m.standard_work() != (state.standard_work.empty() ? "" : state.standard_work.to_string()))
    return refuse("the receipt follows another standard work");
  if (m.status() != "completed" && m.status() != "failed")
    return refuse("status must be completed or failed");
  TCPS_TRY(parse_optional_digest(m.manifest()));
  auto stage = parse_stage(m.stage());
  if (!stage) return fail(stage.error());
  if (m.status() == "failed" && !m.failure().mode().empty()) {
    auto mode = parse_failure_mode(m.failure().mode());
    if (!mode) return fail(mode.error());
    if (stage_of(*mode) != *stage)
      return refuse("failure mode " + m.failure().mode() + " is not one of stage " + m.stage());
  }
  return *stage == Stage::plan ? judge_plan(a, m, state) : judge_station(a, m, state);
}

// The planner's receipt: takes the work order from the backlog into the line.
Status LineState::judge_plan(Applying& a, const proto::Receipt& m, WorkOrderState& order) {
  TCPS_TRY(require_term(a, Role::planner, m.term()));
  if (order.phase != Phase::backlog || order.stage != Stage::plan)
    return refuse("the work order does not wait for a plan");
  if (m.predecessor() != order.passed.to_string())
    return refuse("predecessor is not the last passed outcome");
  if (m.status() == "failed") {
    set_aside(a, order, Phase::quarantined, m.failure().mode(), m.failure().reason());
    return {};
  }
  TCPS_TRY(require_slot());
  auto pool = TCPS_TRY(Pool::parse(m.next().pool()));
  if (m.next().stage() != tcps::to_string(Stage::generate)) return refuse("plan is followed by generate");
  if (m.manifest() != (order.manifest.empty() ? "" : order.manifest.to_string()))
    return refuse("plan leaves the manifest as it is");
  if (m.version() != order.version)
    return refuse("version " + m.version() + " is not the one that pull assigned");
  leave(a, order);
  cycle_.take(order.bucket);
  order.passed = a.message.payload_digest;
  a.note(ChangeKind::released, order);
  open_card(a, order, Stage::generate, pool);
  return {};
}

Status LineState::judge_station(Applying& a, const proto::Receipt& m, WorkOrderState& order) {
  auto stage = *parse_stage(m.stage());
  if (order.phase != Phase::working || order.stage != stage) {
    return refuse("no card of the work order is open at " + m.stage() + ": it is " +
                  std::string(to_string(order.phase)) + " at " + std::string(tcps::to_string(order.stage)));
  }
  if (m.predecessor() != order.card.to_string())
    return refuse("predecessor is not the message that opened the card");
  if (!a.signer->may_work(stage, order.pool.str()))
    return refuse("the key of " + a.signer->owner + " may not work this stage and pool");
  auto& run = failures_[static_cast<size_t>(stage)];
  if (m.status() == "failed") {
    if (m.has_next()) return refuse("a failed outcome goes nowhere");
    bool repeated = run.count > 0 && run.mode == m.failure().mode();
    run = {m.failure().mode(), repeated ? run.count + 1 : 1, a.position, repeated && run.called};
    set_aside(a, order, Phase::quarantined, m.failure().mode(), m.failure().reason());
    return {};
  }
  auto following = next_stage(stage);
  if (m.next().stage() != (following ? tcps::to_string(*following) : ""))
    return refuse("the next stage is not the one that follows");
  Pool pool;
  if (following) {
    auto parsed = TCPS_TRY(Pool::parse(m.next().pool()));
    pool = parsed;
  }
  if (stage == Stage::pull && !m.version().empty()) {
    TCPS_TRY(check_version_rises(m.version(), highest_version(order.sku)));
    versions_[order.sku] = m.version();
    order.version = m.version();
  } else if (m.version() != order.version) {
    return refuse("version " + m.version() + " is not the one that pull assigned");
  }
  run = {};
  order.passed = a.message.payload_digest;
  order.manifest = *parse_optional_digest(m.manifest());
  if (!following) {
    ++done_;
    last_done_ = order.id.str();
    close(a, order, ChangeKind::done, order.version);
    return {};
  }
  leave(a, order);
  if (*following == Stage::plan) {
    to_backlog(a, order, Stage::plan, false);
  } else {
    open_card(a, order, *following, pool);
  }
  return {};
}

Status LineState::judge(Applying& a, const proto::Dispatch& m) {
  TCPS_TRY(require_term(a, Role::planner, m.term()));
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  auto& order = *found;
  if (order.phase != Phase::backlog || order.stage == Stage::plan)
    return refuse("the work order does not wait for a dispatch");
  if (m.attempt() != order.attempt) return refuse("the dispatch is for another attempt");
  if (m.next().stage() != tcps::to_string(order.stage))
    return refuse("the work order resumes at " + std::string(tcps::to_string(order.stage)));
  if (m.predecessor() != order.passed.to_string())
    return refuse("predecessor is not the last passed outcome");
  if (m.manifest() != (order.manifest.empty() ? "" : order.manifest.to_string()))
    return refuse("a dispatch leaves the manifest as it is");
  auto pool = TCPS_TRY(Pool::parse(m.next().pool()));
  if (occupies_slot(Phase::working, order.stage)) {
    TCPS_TRY(require_slot());
  }
  leave(a, order);
  cycle_.take(order.bucket);  // as level() foresees it
  a.note(ChangeKind::released, order);
  open_card(a, order, order.stage, pool);
  return {};
}

Status LineState::judge(Applying& a, const proto::WorkOrderDecision& m) {
  TCPS_TRY(require(a, Role::operator_));
  auto found = TCPS_TRY(unclosed(m.work_order_id()));
  auto& order = *found;
  if (m.attempt() != order.attempt) {
    return refuse("the decision is about attempt " + std::to_string(m.attempt()) + ", the work order is at " +
                  std::to_string(order.attempt));
  }
  bool moving = order.phase == Phase::working || order.phase == Phase::backlog;
  if (m.decision() == "cancel") {
    close(a, order, ChangeKind::cancelled, m.reason());
    return {};
  }
  if (m.decision() == "resume") {
    if (moving) return refuse("the work order is not set aside");
    resolve_andons_of(a, order.id);
    resume(a, order);
    return {};
  }
  if (m.decision() != "quarantine" && m.decision() != "hold")
    return refuse("decision must be quarantine, resume, hold or cancel");
  if (!moving) return refuse("the work order is " + std::string(to_string(order.phase)) + " already");
  set_aside(a, order, m.decision() == "hold" ? Phase::held : Phase::quarantined, "", m.reason());
  order.called = true;
  return {};
}

}  // namespace tcps::line
