// One message under judgement: the rules of the fold, private to the sources of LineState. A rule looks first
// and changes last, so that what it refuses has changed nothing.
//
// judging.cpp: what is common to all messages, and the moves that judgements are made of; judge_work.cpp: what
// moves work; judge_calls.cpp: calls for help; judge_events.cpp: what changes the line itself.
#pragma once

#include <type_traits>

#include "actors/line/fold/line_state.h"

namespace tcps::line {

inline tl::unexpected<Error> refuse(std::string reason) {
  return fail(ErrorCode::refused, std::move(reason));
}

// Said by people and roles: may be replayed, unlike cards, which follow each other.
template <class M>
constexpr bool is_event = !std::is_same_v<M, proto::Genesis> && !std::is_same_v<M, proto::Acceptance> &&
                          !std::is_same_v<M, proto::Receipt> && !std::is_same_v<M, proto::Dispatch>;

class LineState::Judging {
 public:
  Judging(LineState& state, uint64_t position, const LineMessage& message)
      : state_(state), position_(position), message_(message) {}

  // Changes the state when the message counts. Errors: why it is refused.
  Status judge(std::string_view subject);

  bool is_forged() const { return forged_; }
  std::vector<Change> take_changes() { return std::move(changes_); }

 private:
  // ---- what is common
  Status judge_origin();
  template <class Message>
  Status judge_place(const Message& m) const;

  // ---- work: judge_work.cpp
  Status judge(const proto::Acceptance& m);
  Status judge(const proto::Receipt& m);
  Status judge_plan(const proto::Receipt& m, WorkOrderState& order);
  Status judge_station(const proto::Receipt& m, WorkOrderState& order);
  Status judge_version(const proto::Receipt& m, const WorkOrderState& order) const;
  void fail_stage(const proto::Receipt& m, WorkOrderState& order);
  void pass_stage(const proto::Receipt& m, WorkOrderState& order, const Pool& next_pool);
  Status judge(const proto::Dispatch& m);
  Status judge(const proto::WorkOrderDecision& m);

  // ---- calls: judge_calls.cpp
  Status judge(const proto::AndonRaised& m);
  Status judge_caller(const proto::AndonRaised& m, AndonKind kind) const;
  Status judge_text(const proto::AndonRaised& m) const;
  Status judge_called_order(const proto::AndonRaised& m, AndonKind kind, const WorkOrderState& order) const;
  Status judge(const proto::AndonAcknowledged& m);
  Status judge(const proto::AndonEscalated& m);
  Status judge(const proto::AndonResolved& m);
  Result<AndonCall*> open_call(const std::string& id) const;  // Errors: refused

  // ---- the line: judge_events.cpp
  Status judge(const proto::Genesis& m);
  Status judge(const proto::ProductChanged& m);
  Status judge(const proto::WipChanged& m);
  Status judge(const proto::RoleClaimed& m);
  Status judge(const proto::KeyAdded& m);
  Status judge(const proto::KeyRevoked& m);
  Status judge(const proto::ReplicaChanged& m);
  Status judge(const proto::Evidence& m);
  Status judge(const proto::EpochBegun& m);

  // ---- what rules ask. Errors: refused
  Status require(Role role) const;
  Status require_term(Role role, uint32_t term) const;  // the role's holder, in its term
  Status require_slot() const;
  Result<WorkOrderState*> unclosed(const std::string& id) const;  // Errors: invalid too

  // ---- the moves that judgements are made of
  void open_card(WorkOrderState& order, Stage stage, const Pool& pool);
  void to_backlog(WorkOrderState& order, Stage stage, bool resumed);
  void leave(WorkOrderState& order);  // its card or its place in the backlog
  void set_aside(WorkOrderState& order, Phase phase, std::string mode, std::string reason);
  void resume(WorkOrderState& order);
  void close(WorkOrderState& order, ChangeKind kind, std::string detail);
  void resolve_andons_of(const WorkOrderId& id);
  void note(ChangeKind kind, const WorkOrderState& order, std::string detail = {});
  void note(ChangeKind kind, std::string detail);

  LineState& state_;
  uint64_t position_;
  const LineMessage& message_;
  const KeyGrant* signer_ = nullptr;
  bool forged_ = false;
  std::vector<Change> changes_;
};

}  // namespace tcps::line
