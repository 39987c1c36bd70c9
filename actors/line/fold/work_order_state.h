// What the fold remembers of one unclosed work order: bounded, whatever the work order's content. Closed ones
// leave the fold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/line/fold/heijunka.h"
#include "messages/digest.h"
#include "messages/ids.h"
#include "messages/stage.h"
#include "messages/vocabulary.h"
#include "messages/work_order_status.h"

namespace tcps::line {

enum class Phase : uint8_t {
  working,      // a card is open at `stage`
  backlog,      // waits for the planner, to go to `stage`
  quarantined,  // failed at `stage`, waits for a person
  held,         // put aside at `stage` by a person
};

// As people are told.
struct PhaseWord {
  Phase value;
  WorkOrderStatus status;
  std::string_view text = tcps::to_string(status);
};

}  // namespace tcps::line

template <>
struct tcps::Vocabulary<tcps::line::Phase> {
  static constexpr std::string_view name = "phase";
  static constexpr std::array rows = {
      line::PhaseWord{line::Phase::working, WorkOrderStatus::working},
      line::PhaseWord{line::Phase::backlog, WorkOrderStatus::backlog},
      line::PhaseWord{line::Phase::quarantined, WorkOrderStatus::quarantined},
      line::PhaseWord{line::Phase::held, WorkOrderStatus::held},
  };
};

namespace tcps::line {

using tcps::to_string;  // of Phase

constexpr WorkOrderStatus status_told(Phase phase) { return row_of(phase).status; }

struct WorkOrderState {
  WorkOrderId id;
  Digest digest;  // of the WorkOrder's canonical JSON
  std::string sku;
  std::string version;  // empty until pull has passed
  Bucket bucket = Bucket::features;
  BacklogKey backlog_key;  // its place, when in the backlog
  Phase phase = Phase::working;
  Stage stage = Stage::pull;
  Pool pool;
  uint32_t attempt = 1;
  uint64_t accepted_position = 0;
  uint64_t card_position = 0;  // of the open card; 0 without one
  Digest card;                 // payload digest of the message that opened the card, or last did
  Digest acceptance;           // payload digest of the acceptance
  Digest passed;               // payload digest of the last passed outcome; the acceptance before any
  Digest manifest;             // artifact manifest of the last passed outcome
  Digest standard_work;
  std::string failure_mode;  // why it is quarantined
  std::string reason;
  bool called = false;  // set aside, and a person knows: no call is due
};

// An unresolved call for help.
struct AndonCall {
  std::string id;
  std::string work_order;  // empty: none
  uint32_t attempt = 0;
  std::optional<Stage> stage;  // nothing: the line
  AndonKind kind = AndonKind::stage_failed;
  std::string mode;
  std::string reason;
  std::string severity;
  std::string raised_by;
  std::string raised_at;
  uint32_t level = 0;  // escalations so far
  bool acknowledged = false;
  uint64_t position = 0;
};

// Whether it stops its stage, or the line when it names none.
inline bool stops_work(const AndonCall& call) { return call.work_order.empty() && stops(call.kind); }

// Failures of one mode, one after the other, at a stage.
struct FailureRun {
  std::string mode;
  uint32_t count = 0;
  uint64_t position = 0;  // of the last one
  bool called = false;    // a systemic call was made of it

  void add(const std::string& failed_mode, uint64_t at) {
    const bool repeated = count > 0 && mode == failed_mode;
    *this = {failed_mode, repeated ? count + 1 : 1, at, repeated && called};
  }
};

// Who holds a role, by the term they won it with.
struct RoleHolder {
  uint32_t term = 0;
  std::string node;
  std::string key_id;
};

// The product that new work orders are made from.
struct Product {
  std::string snapshot;
  std::string standard_work;
  std::string sku;
  Pool pool;
};

}  // namespace tcps::line
