// What the supervisor publishes, as a rule without clock or bus: calls for what failed, for forgeries, for
// stages that fail again and again; escalations by time; cards to put back. Time-based decisions are made
// here and published, never taken inside the fold.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/line/fold/line_state.h"

namespace tcps::supervisor {

struct SupervisionConfig {
  std::vector<std::chrono::milliseconds> escalate_after = {std::chrono::minutes(15), std::chrono::hours(1)};
  uint32_t stop_stage_after = 3;                                // failures of one mode in a row; 0: never
  std::array<int64_t, all_stages.size() + 1> silent_card_ms{};  // by stage: SLO and a margin
};

// A refused message whose key or signature did not hold.
struct ForgeryReport {
  uint64_t position = 0;
  std::string subject;
  std::string reason;
  Digest payload;
};

struct Supervision {
  std::vector<proto::AndonRaised> calls;
  std::vector<proto::AndonEscalated> escalations;
  std::vector<WorkOrderId> put_back;  // their open cards are published again, byte for byte
};

class SupervisionRules {
 public:
  void configure(SupervisionConfig config) { config_ = std::move(config); }
  void report(ForgeryReport forgery);  // bounded: while one waits for its call, others are counted with it
  // What to publish now. What was asked for before and does not show in the fold yet is not asked for again
  // at once.
  Supervision step(const line::LineState& line, int64_t now_ms);
  // In place of step() while another node supervises: forgeries that it has called for are not called for
  // again by the next one.
  void stand_by(const line::LineState& line);

 private:
  void call_for_failures(const line::LineState& line, int64_t now_ms, Supervision& out);
  void call_for_forgeries(const line::LineState& line, int64_t now_ms, Supervision& out);
  void call_for_repetitions(const line::LineState& line, int64_t now_ms, Supervision& out);
  void escalate(const line::LineState& line, int64_t now_ms, Supervision& out);
  void find_silent_cards(const line::LineState& line, int64_t now_ms, Supervision& out);
  bool ask_once(const std::string& what, int64_t now_ms);  // false while it was asked for a moment ago

  SupervisionConfig config_;
  std::map<std::string, int64_t> asked_;      // what -> when
  std::map<std::string, int64_t> call_seen_;  // open call -> when first seen
  std::map<Digest, int64_t> card_seen_;       // open card -> when first seen or put back
  std::vector<ForgeryReport> forgeries_;
  uint64_t forgeries_counted_ = 0;
};

}  // namespace tcps::supervisor
