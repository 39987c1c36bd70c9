// The fold: the state of a line as a pure function of the line's messages in stream order. Every node runs it
// and reaches the same state, because admission depends on bytes, subject, order and prior state only: no
// clock, configuration, disk or server timestamp.
//
// Redelivery, zombies, duplicates and forgeries are one case: the message is refused, everywhere alike, and
// changes nothing. What apply() admits is a leaf of the ledger; what it refuses is not.
//
// Invariants: at most one outcome per (work order, stage, attempt); the WIP never grows beyond the limit
// by an admission (wip.h says what occupies a slot); memory is bounded by the unclosed work orders,
// 8 bytes for each closed one and the newest version of each SKU.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/line/fold/heijunka.h"
#include "actors/line/fold/key_ring.h"
#include "actors/line/fold/wip.h"
#include "actors/line/fold/work_order_state.h"
#include "messages/line_message.h"

namespace tcps::line {

inline constexpr uint32_t rules_version = 1;
inline constexpr uint64_t replay_window = 65'536;  // positions: how far an event may look back
inline constexpr size_t open_andons_max = 4096;
inline constexpr size_t reason_bytes_max = 4096;

enum class ChangeKind : uint8_t {
  genesis,
  accepted,
  card_opened,
  card_closed,
  backlogged,
  released,
  done,
  quarantined,
  held,
  cancelled,
  resumed,
  andon_raised,
  andon_acknowledged,
  andon_escalated,
  andon_resolved,
  wip_changed,
  product_changed,
  role_changed,
  keys_changed,
  replicas_changed,
  evidence,
  epoch_begun,
};

// One thing that an admitted message changed, for those who watch the fold.
struct Change {
  ChangeKind kind;
  WorkOrderId work_order;  // empty where none is concerned
  Stage stage = Stage::pull;
  uint32_t attempt = 0;
  Digest card;         // card_opened, card_closed: the card's payload digest
  std::string detail;  // andon id, role, status, reason
};

struct Verdict {
  bool admitted = false;
  bool forged = false;  // signature or key did not hold: worth an Andon
  std::string reason;   // of a refusal
  std::vector<Change> changes;
};

// Answers whether a signature of the message is the key's. Must be a pure function of its arguments (a memo
// is fine).
using SignatureCheck = std::function<bool(const LineMessage&, size_t index, const PublicKey&)>;

class LineState {
 public:
  explicit LineState(LineName line, SignatureCheck check = verify_directly);
  static bool verify_directly(const LineMessage& message, size_t index, const PublicKey& key);

  // How signatures are judged from now on.
  void set_check(SignatureCheck check) { check_ = std::move(check); }

  // ---- commands
  // Messages must come in stream order: `position` above the last one, asserted.
  Verdict apply(uint64_t position, std::string_view subject, const LineMessage& message);
  // A message that could not even be decoded: counts as a refused position.
  Verdict skip(uint64_t position, std::string reason);
  // Positions up to here held nothing that was admitted: used when the fold is rebuilt from the ledger.
  void advance(uint64_t position) { position_ = std::max(position_, position); }

  // ---- queries
  const LineName& line() const { return line_; }
  const std::string& genesis() const { return genesis_; }  // "sha256:..."; empty before the genesis
  uint64_t position() const { return position_; }
  uint32_t epoch() const { return epoch_; }  // of the stream; positions go on rising over epochs
  const WorkOrderState* find(const WorkOrderId& id) const;
  bool closed(const WorkOrderId& id) const;  // was accepted once and has left the fold
  bool is_open(const Digest& card) const { return cards_.contains(card); }
  const WorkOrderState* card_holder(const Digest& card) const;  // the work order whose open card this is
  const WorkOrderState* open_card_at(
      uint64_t position) const;  // the work order whose open card this position holds
  const std::unordered_map<WorkOrderId, WorkOrderState>& work_orders() const { return work_orders_; }
  const Backlog& backlog() const { return backlog_; }
  size_t waiting() const;  // backlog and cards at pull: what the backlog limit bounds
  const WipCount& wip() const { return wip_; }
  uint32_t backlog_limit() const { return backlog_limit_; }
  size_t open_cards(Stage stage) const { return open_cards_[static_cast<size_t>(stage)]; }
  const LevelingCycle& cycle() const { return cycle_; }
  const std::map<std::string, AndonCall>& andons() const { return andons_; }
  bool stage_stopped(Stage stage) const;  // by a pull or a systemic call on it or on the line
  bool line_stopped() const;
  bool diverged() const;  // a call says that replicas hold different logs
  const FailureRun& failure_run(Stage stage) const { return failures_[static_cast<size_t>(stage)]; }
  const RoleHolder& holder(Role role) const;  // planner or supervisor
  const KeyRing& keys() const { return keys_; }
  const Product& product() const { return product_; }
  const std::map<std::string, uint64_t>& replicas() const {
    return replicas_;
  }  // node -> position it was added at
  const std::string& highest_version(const std::string& sku) const;
  uint64_t lowest_open_card() const;  // position; UINT64_MAX without any
  uint64_t done_count() const { return done_; }
  uint64_t closed_count() const { return closed_.size(); }
  const std::string& last_done() const { return last_done_; }

  // ---- snapshot
  Bytes save() const;
  // Errors: corrupt, and invalid for another line or rules version.
  static Result<LineState> load(const LineName& line, BytesView snapshot,
                                SignatureCheck check = verify_directly);

 private:
  class Judging;  // the rules, on one message (judging.h)

  // Where a work order stands: the only writers of its phase and stage, and of what is counted and found by
  // them (cards, backlog, WIP). It stands nowhere between leaving and entering.
  void enter(WorkOrderState& order, Phase phase, Stage stage);
  void leave(WorkOrderState& order);
  void forget(const WorkOrderId& id);  // closed: eight bytes of it stay

  void remember_event(const Digest& payload);

  LineName line_;
  SignatureCheck check_;
  std::string genesis_;
  uint64_t position_ = 0;
  uint32_t epoch_ = 1;
  WipCount wip_;
  uint32_t backlog_limit_ = 0;
  uint64_t done_ = 0;
  std::string last_done_;
  Product product_;
  KeyRing keys_;
  LevelingCycle cycle_;
  Backlog backlog_;
  std::array<size_t, all_stages.size() + 1> open_cards_{};
  std::array<FailureRun, all_stages.size() + 1> failures_{};
  std::unordered_map<WorkOrderId, WorkOrderState> work_orders_;
  std::unordered_map<Digest, WorkOrderId> cards_;
  std::map<uint64_t, WorkOrderId> card_positions_;
  boost::unordered_flat_set<uint64_t> closed_;
  std::map<std::string, AndonCall> andons_;
  RoleHolder planner_;
  RoleHolder supervisor_;
  std::map<std::string, uint64_t> replicas_;
  std::map<std::string, std::string> versions_;
  std::deque<std::pair<uint64_t, Digest>> recent_events_;  // within replay_window
  std::unordered_set<Digest> recent_event_set_;
};

}  // namespace tcps::line
