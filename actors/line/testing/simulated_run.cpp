#include "actors/line/testing/simulated_run.h"

#include <algorithm>

#include "messages/failure_mode.h"

namespace tcps::line::testing {

const WorkOrderState* SimulatedRun::any_order(Phase phase) {
  std::vector<const WorkOrderState*> found;
  for (const auto& [id, order] : factory.state.work_orders()) {
    if (order.phase == phase) found.push_back(&order);
  }
  if (found.empty()) return nullptr;
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  return found[below(found.size())];
}

void SimulatedRun::step() {
  auto before = factory.position;
  while (factory.position == before) {
    switch (below(16)) {
      case 0:
      case 1:
        accept();
        break;
      case 2:
      case 3:
      case 4:
        release();
        break;
      case 5:
        decide();
        break;
      case 6:
        call();
        break;
      case 7:
        resolve();
        break;
      case 8:
        below(4) == 0 ? change_line() : accept();
        break;
      case 9:
        below(4) == 0 ? change_keys() : work();
        break;
      default:
        work();
        break;
    }
  }
}

void SimulatedRun::accept() {
  if (factory.state.waiting() >= factory.state.backlog_limit()) return;
  auto signal = "s-" + std::to_string(++signals_);
  auto m = factory.acceptance(signal, all_buckets[below(all_buckets.size())]);
  constexpr std::array<const char*, 4> priorities = {"critical", "high", "medium", "low"};
  m.mutable_work_order()->set_priority(priorities[below(4)]);
  if (below(3) == 0) m.mutable_work_order()->set_due_date("2026-0" + std::to_string(1 + below(9)) + "-01");
  factory.admit(m, factory.node_a);
}

void SimulatedRun::work() {
  const auto* order = any_order(Phase::working);
  if (order == nullptr) return;
  const auto& by = order->pool.str() == "arm"                ? factory.node_c
                   : below(2) == 0 && counts(factory.node_b) ? factory.node_b
                                                             : factory.node_a;
  auto outcome = factory.passed(*order);
  if (order->stage == Stage::render && below(4) == 0) outcome.mutable_next()->set_pool("arm");
  if (below(8) == 0) zombies_.push_back(factory.seal(outcome, by));
  bool fails = below(8) == 0;
  const auto modes = failure_modes_of(order->stage);
  const std::string mode(modes[below(modes.size())].code);
  factory.admit(fails ? factory.failed(*order, below(4) == 0 ? "" : mode) : outcome, by);
}

void SimulatedRun::release() {
  const auto& state = factory.state;
  auto next = level(state.backlog(), state.cycle(), 1);
  if (next.empty() || state.wip().free() == 0) return;
  const auto& order = factory.order(next.front());
  bool plans = order.stage == Stage::plan;
  factory.admit(plans ? Predicate(below(10) == 0 ? factory.failed(order, "F2.1") : factory.passed(order))
                      : Predicate(factory.dispatch(order)),
                planner());
}

void SimulatedRun::decide() {
  auto phase = std::array{Phase::working, Phase::backlog,     Phase::quarantined,
                          Phase::held,    Phase::quarantined, Phase::held}[below(6)];
  const auto* order = any_order(phase);
  if (order == nullptr) return;
  bool moving = phase == Phase::working || phase == Phase::backlog;
  const char* what = below(8) == 0 ? "cancel" : !moving ? "resume" : below(2) == 0 ? "hold" : "quarantine";
  if (moving && below(3) != 0) return;
  if (order->phase == Phase::working)
    zombies_.push_back(factory.seal(factory.passed(*order), factory.node_a));
  factory.admit(factory.decision(*order, what), factory.bob);
}

void SimulatedRun::call() {
  auto id = "call-" + std::to_string(++calls_);
  const auto* failed = any_order(Phase::quarantined);
  if (failed != nullptr && below(4) != 0) {
    factory.admit(factory.call(id, "stage_failed", failed), supervisor());
  } else if (below(3) == 0) {
    auto m = factory.call(id, "systemic");
    m.set_stage("test");
    factory.admit(m, supervisor());
  } else if (const auto* working = any_order(Phase::working); working != nullptr && below(6) == 0) {
    factory.admit(factory.call(id, working->pool.str() == "any" ? "crash_loop" : "pulled", working),
                  working->pool.str() == "any" ? factory.node_a : factory.bob);
  }
}

void SimulatedRun::resolve() {
  const auto& andons = factory.state.andons();
  if (andons.empty()) return;
  auto call = std::next(andons.begin(), static_cast<std::ptrdiff_t>(below(andons.size())));
  factory.admit(factory.resolution(call->first, std::array{"resume", "keep", "cancel", "resume"}[below(4)]),
                factory.bob);
}

void SimulatedRun::change_line() {
  switch (below(5)) {
    case 0:
      factory.admit(factory.wip(static_cast<uint32_t>(1 + below(6))), factory.bob);
      break;
    case 1: {
      auto product = factory.product();
      product.set_wip_limit(static_cast<uint32_t>(1 + below(6)));
      product.set_backlog_limit(static_cast<uint32_t>(5 + below(40)));
      if (below(2) == 0) (*product.mutable_bucket_weights())["security"] = static_cast<uint32_t>(below(4));
      factory.admit(product, factory.ann);
      break;
    }
    default: {
      const auto& next = below(2) == 0 && counts(factory.node_b) ? factory.node_b : factory.node_a;
      factory.admit(factory.claim(below(2) == 0 ? Role::planner : Role::supervisor, next), next);
    }
  }
}

// node-b leaves for good, and bystanders come and go; node-a stays, so that the run never ends.
void SimulatedRun::change_keys() {
  if (counts(factory.node_b) && below(10) == 0) {
    for (auto role : {Role::planner, Role::supervisor}) {
      if (factory.state.holder(role).node == "node-b")
        factory.admit(factory.claim(role, factory.node_a), factory.node_a);
    }
    proto::KeyRevoked m;
    *m.mutable_log() = factory.origin();
    m.set_key_id(factory.node_b.grant.key_id());
    factory.admit(m, factory.ann);
    return;
  }
  proto::KeyAdded m;
  *m.mutable_log() = factory.origin();
  *m.mutable_key() =
      make_member(Keys::cheap, "guest-" + std::to_string(factory.position), {Role::station}).grant;
  factory.admit(m, factory.ann);
}

std::string SimulatedRun::disturb() {
  const auto& history = factory.history;
  auto sent = history[below(history.size())].sent;
  bool forged = false;
  switch (below(6)) {
    case 0:
    case 1:
      break;  // a repetition
    case 2:
      if (zombies_.empty()) return {};
      sent = zombies_[below(zombies_.size())];
      if (auto order = std::get<proto::Receipt>(sent.message.predicate);
          factory.state.card_holder(Digest::parse(order.predecessor()).value()) != nullptr) {
        return {};  // its card is still open: no zombie yet
      }
      break;
    case 3: {  // what the fold would admit, by a key that it does not know
      const auto* order = any_order(Phase::working);
      if (order == nullptr) return {};
      auto stranger = make_member(Keys::cheap, "mallory", {Role::station});
      sent = factory.seal(factory.passed(*order), stranger);
      if (below(2) == 0) sent.message.envelope.signatures[0].key_id = factory.node_a.grant.key_id();
      forged = true;
      break;
    }
    case 4: {  // a genuine message on the wrong subject
      const auto* order = any_order(Phase::working);
      if (order == nullptr) return {};
      sent = factory.seal(factory.passed(*order), factory.node_a);
      sent.subject =
          std::array{std::string("tcps.glue.event.done.-"), std::string(), sent.subject + "0"}[below(3)];
      break;
    }
    default: {  // a genuine message of another log of the same people
      const auto* order = any_order(Phase::working);
      if (order == nullptr) return {};
      auto m = factory.passed(*order);
      m.mutable_log()->set_genesis(Digest::of("another genesis").to_string());
      if (below(2) == 0) m.mutable_log()->set_line("paper");
      sent = factory.seal(m, factory.node_a);
    }
  }
  auto verdict = factory.state.apply(++factory.position, sent.subject, sent.message);
  if (verdict.admitted)
    return "admitted at " + std::to_string(factory.position) + ": " +
           std::string(predicate_type(sent.message.predicate));
  if (!verdict.changes.empty()) return "a refusal with changes";
  if (forged && !verdict.forged) return "a forgery was not told: " + verdict.reason;
  return {};
}

}  // namespace tcps::line::testing
