// Judgements on calls for help: who may raise, escalate, acknowledge and resolve them, and what follows.
#include "actors/line/fold/judging.h"

namespace tcps::line {
namespace {

enum class About : uint8_t { anything, the_line, a_card };

// Who may make a call, and what it is about. A role that is claimed speaks by its holder, in its term.
struct CallRule {
  AndonKind kind;
  Role by;
  About about;
};

constexpr std::array call_rules = {
    CallRule{AndonKind::stage_failed, Role::supervisor, About::anything},
    CallRule{AndonKind::pulled, Role::operator_, About::anything},
    CallRule{AndonKind::forgery, Role::supervisor, About::anything},
    CallRule{AndonKind::crash_loop, Role::station, About::a_card},
    CallRule{AndonKind::overdue, Role::supervisor, About::anything},
    CallRule{AndonKind::systemic, Role::supervisor, About::anything},
    CallRule{AndonKind::diverged, Role::replica, About::the_line},
};

constexpr const CallRule& rule_of(AndonKind kind) { return call_rules[row_number(kind)]; }

constexpr bool every_kind_has_its_rule() {
  for (const AndonKind kind : all_words<AndonKind>) {
    if (rule_of(kind).kind != kind) return false;
  }
  return call_rules.size() == all_words<AndonKind>.size();
}
static_assert(every_kind_has_its_rule());

bool is_set_aside(const WorkOrderState& order) {
  return order.phase == Phase::quarantined || order.phase == Phase::held;
}

}  // namespace

Status LineState::Judging::judge(const proto::AndonRaised& m) {
  const auto kind = TCPS_TRY(andon_kind_of(m));
  TCPS_TRY(judge_caller(m, kind));
  TCPS_TRY(judge_text(m));
  if (state_.andons_.contains(m.andon_id())) return refuse("call " + m.andon_id() + " is open already");
  if (state_.andons_.size() >= open_andons_max) return refuse("too many calls are open: resolve some first");
  std::optional<Stage> stage;
  if (!m.stage().empty()) {
    stage = TCPS_TRY(parse_stage(m.stage()));
  }
  if (!m.work_order_id().empty()) {
    auto found = TCPS_TRY(unclosed(m.work_order_id()));
    auto& order = *found;
    TCPS_TRY(judge_called_order(m, kind, order));
    if (!is_set_aside(order)) set_aside(order, Phase::quarantined, m.mode(), m.reason());
    order.called = true;
  } else if (kind == AndonKind::systemic && stage) {
    state_.failures_[static_cast<size_t>(*stage)].called = true;
  }
  state_.andons_[m.andon_id()] = {
      m.andon_id(), m.work_order_id(), m.attempt(),   stage, kind,  m.mode(), m.reason(),
      m.severity(), m.raised_by(),     m.raised_at(), 0,     false, position_};
  note(ChangeKind::andon_raised, m.andon_id());
  return {};
}

Status LineState::Judging::judge_caller(const proto::AndonRaised& m, AndonKind kind) const {
  const CallRule& rule = rule_of(kind);
  TCPS_TRY(is_claimed(rule.by) ? require_term(rule.by, m.term()) : require(rule.by));
  const bool names_order = !m.work_order_id().empty(), names_stage = !m.stage().empty();
  if (rule.about == About::the_line && (names_order || names_stage))
    return refuse("logs that diverge are the trouble of the whole line");
  if (rule.about == About::a_card && !(names_order && names_stage))
    return refuse("a crash loop is that of a work order's card at a stage");
  return {};
}

Status LineState::Judging::judge_text(const proto::AndonRaised& m) const {
  if (!is_token(m.andon_id())) return refuse("andon id is malformed");
  if (m.reason().size() > reason_bytes_max) return refuse("the reason is longer than 4096 bytes");
  for (const auto* text : {&m.mode(), &m.severity(), &m.raised_by(), &m.raised_at()}) {
    if (text->size() > 256) return refuse("mode, severity and who raised it when are at most 256 bytes each");
  }
  return {};
}

Status LineState::Judging::judge_called_order(const proto::AndonRaised& m, AndonKind kind,
                                              const WorkOrderState& order) const {
  if (m.attempt() != order.attempt) return refuse("the call is about another attempt");
  if (!m.stage().empty() && m.stage() != to_string(order.stage))
    return refuse("the work order is at another stage by now");
  const bool works_it = order.phase == Phase::working && signer_->may_work(order.stage, order.pool.str());
  if (rule_of(kind).about == About::a_card && !works_it)
    return refuse("a station calls about a card that is open and that it may work");
  if (kind == AndonKind::stage_failed && order.phase != Phase::quarantined)
    return refuse("the work order has not failed");
  return {};
}

Result<AndonCall*> LineState::Judging::open_call(const std::string& id) const {
  auto call = state_.andons_.find(id);
  if (call == state_.andons_.end()) return refuse("call " + id + " is not open");
  return &call->second;
}

Status LineState::Judging::judge(const proto::AndonAcknowledged& m) {
  TCPS_TRY(require(Role::operator_));
  auto call = TCPS_TRY(open_call(m.andon_id()));
  call->acknowledged = true;
  note(ChangeKind::andon_acknowledged, m.andon_id());
  return {};
}

Status LineState::Judging::judge(const proto::AndonEscalated& m) {
  TCPS_TRY(require_term(Role::supervisor, m.term()));
  auto call = TCPS_TRY(open_call(m.andon_id()));
  if (m.level() != call->level + 1) return refuse("the call is at level " + std::to_string(call->level));
  call->level = m.level();
  note(ChangeKind::andon_escalated, m.andon_id());
  return {};
}

Status LineState::Judging::judge(const proto::AndonResolved& m) {
  TCPS_TRY(require(Role::operator_));
  auto call = TCPS_TRY(open_call(m.andon_id()));
  const auto disposition = TCPS_TRY(disposition_of(m));
  const auto work_order = call->work_order;
  if (call->kind == AndonKind::systemic && call->stage)
    state_.failures_[static_cast<size_t>(*call->stage)] = {};
  state_.andons_.erase(m.andon_id());
  note(ChangeKind::andon_resolved, m.andon_id());
  if (work_order.empty() || disposition == Disposition::keep) return {};
  auto found = unclosed(work_order);
  if (!found) return {};
  auto& order = **found;
  if (disposition == Disposition::cancel) {
    close(order, ChangeKind::cancelled, m.resolution());
  } else if (is_set_aside(order)) {
    resolve_andons_of(order.id);
    resume(order);
  }
  return {};
}

}  // namespace tcps::line
