#include "actors/supervisor/supervision.h"

#include <algorithm>

namespace tcps::supervisor {
namespace {

constexpr int64_t ask_again_ms = 5'000;
constexpr size_t calls_per_step_max = 64;
constexpr std::array<std::string_view, 3> escalation_targets = {"team-lead", "platform-owner", "management"};

std::string andon_id(std::string_view what) { return "andon-" + Digest::of(what).hex().substr(0, 16); }

Severity severity_of(const std::string& mode) { return mode.empty() ? Severity::high : Severity::medium; }

proto::AndonRaised call_for(AndonKind kind, Severity severity) {
  proto::AndonRaised call;
  call.set_kind(std::string(to_string(kind)));
  call.set_severity(std::string(to_string(severity)));
  return call;
}

std::string forgery_call_id(const ForgeryReport& report) {
  return andon_id("forgery " + std::to_string(report.position));
}

}  // namespace

bool SupervisionRules::ask_once(const std::string& what, int64_t now_ms) {
  std::erase_if(asked_, [&](const auto& pair) { return now_ms - pair.second >= ask_again_ms; });
  return asked_.emplace(what, now_ms).second;
}

void SupervisionRules::report(ForgeryReport forgery) {
  ++forgeries_counted_;
  if (forgeries_.empty()) forgeries_.push_back(std::move(forgery));
}

Supervision SupervisionRules::step(const line::LineState& line, int64_t now_ms) {
  Supervision out;
  call_for_failures(line, now_ms, out);
  call_for_forgeries(line, now_ms, out);
  call_for_repetitions(line, now_ms, out);
  escalate(line, now_ms, out);
  find_silent_cards(line, now_ms, out);
  return out;
}

void SupervisionRules::call_for_failures(const line::LineState& line, int64_t now_ms, Supervision& out) {
  for (const auto& [id, order] : line.work_orders()) {
    if (out.calls.size() >= calls_per_step_max) return;
    if (order.phase != line::Phase::quarantined || order.called) continue;
    auto call_id = andon_id(id.str() + " " + std::to_string(order.attempt));
    if (line.andons().contains(call_id) || !ask_once(call_id, now_ms)) continue;
    auto call = call_for(AndonKind::stage_failed, severity_of(order.failure_mode));
    call.set_andon_id(call_id);
    call.set_work_order_id(id.str());
    call.set_attempt(order.attempt);
    call.set_stage(std::string(to_string(order.stage)));
    call.set_mode(order.failure_mode);
    call.set_reason(order.reason);
    out.calls.push_back(std::move(call));
  }
}

void SupervisionRules::stand_by(const line::LineState& line) {
  bool called = std::any_of(line.andons().begin(), line.andons().end(),
                            [](const auto& pair) { return pair.second.kind == AndonKind::forgery; });
  if (called) forgeries_.clear();
}

// One call stands for all forgeries until it is resolved: a flood of them must not flood the ledger.
void SupervisionRules::call_for_forgeries(const line::LineState& line, int64_t now_ms, Supervision& out) {
  stand_by(line);
  if (forgeries_.empty()) return;
  const auto& first = forgeries_.front();
  if (!ask_once(forgery_call_id(first), now_ms)) return;
  auto call = call_for(AndonKind::forgery, Severity::critical);
  call.set_andon_id(forgery_call_id(first));
  call.set_cause(first.payload.to_string());
  call.set_reason("a message on " + first.subject + " at position " + std::to_string(first.position) +
                  " was refused: " + first.reason + "; " + std::to_string(forgeries_counted_) +
                  " such since this node started");
  out.calls.push_back(std::move(call));
}

void SupervisionRules::call_for_repetitions(const line::LineState& line, int64_t now_ms, Supervision& out) {
  if (config_.stop_stage_after == 0) return;
  for (auto stage : all_stages) {
    const auto& run = line.failure_run(stage);
    if (run.count < config_.stop_stage_after || line.stage_stopped(stage)) continue;
    auto call_id = andon_id("repeated " + std::string(to_string(stage)) + " " + std::to_string(run.position));
    if (run.called || !ask_once(call_id, now_ms)) continue;
    auto call = call_for(AndonKind::systemic, Severity::critical);
    call.set_andon_id(call_id);
    call.set_stage(std::string(to_string(stage)));
    call.set_mode(run.mode);
    call.set_reason("stage " + std::string(to_string(stage)) + " failed " + std::to_string(run.count) +
                    " times in a row with " + (run.mode.empty() ? "an unnamed failure" : run.mode) +
                    ": it is stopped until this call is resolved");
    out.calls.push_back(std::move(call));
  }
}

void SupervisionRules::escalate(const line::LineState& line, int64_t now_ms, Supervision& out) {
  std::erase_if(call_seen_, [&](const auto& pair) { return !line.andons().contains(pair.first); });
  for (const auto& [id, call] : line.andons()) {
    auto seen = call_seen_.emplace(id, now_ms).first->second;
    if (call.acknowledged || call.level >= config_.escalate_after.size()) continue;
    if (now_ms - seen < config_.escalate_after[call.level].count()) continue;
    if (!ask_once(id + " " + std::to_string(call.level), now_ms)) continue;
    proto::AndonEscalated escalation;
    escalation.set_andon_id(id);
    escalation.set_level(call.level + 1);
    escalation.set_to(
        std::string(escalation_targets[std::min<size_t>(call.level, escalation_targets.size() - 1)]));
    out.escalations.push_back(std::move(escalation));
  }
}

void SupervisionRules::find_silent_cards(const line::LineState& line, int64_t now_ms, Supervision& out) {
  std::erase_if(card_seen_, [&](const auto& pair) { return !line.is_open(pair.first); });
  for (const auto& [id, order] : line.work_orders()) {
    if (order.phase != line::Phase::working) continue;
    auto& seen = card_seen_.emplace(order.card, now_ms).first->second;
    if (line.stage_stopped(order.stage)) seen = now_ms;  // nobody works it: its time counts from the restart
    auto silent_ms = config_.silent_card_ms[static_cast<size_t>(order.stage)];
    if (silent_ms == 0 || now_ms - seen < silent_ms) continue;
    seen = now_ms;
    out.put_back.push_back(id);
  }
}

}  // namespace tcps::supervisor
