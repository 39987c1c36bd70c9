// Checking a ledger from its stored bytes: that nothing was altered, forged, reordered or left out. Pure
// rules over entries and a checkpoint that the caller trusts; no store, bus or clock, so that an auditor's
// program can link them alone.
//
// Per entry: the stored bytes decode, the payload digest is the stored one, the message belongs to this log,
// its one signature is by a key that counts at that position (genesis, keys added and revoked) and may say
// what it says, and its bus subject is the one derived from its content. Per work order: acceptance first,
// stages in the order of Standard Work, each receipt naming the message that opened its card, one outcome per
// (stage, attempt), attempts rising only by a resume. Over all: the leaves hash to the checkpoint's root.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/chain/stored_entry.h"
#include "messages/digest.h"
#include "messages/ids.h"
#include "messages/result.h"
#include "messages/stage.h"
#include "messages/vocabulary.h"
#include "messages/work_order_status.h"

namespace tcps::ledger {

// Size and root of a checkpoint whose signatures the caller has verified.
struct TrustedHead {
  uint64_t size = 0;
  Digest root;
};

// How one attempt of a stage ended, as the chain has it.
struct LinkedOutcome {
  Stage stage = Stage::pull;
  uint32_t attempt = 0;
  uint64_t index = 0;
  Digest payload_digest;
  ReceiptStatus status = ReceiptStatus::completed;
  std::string failure_mode;  // or empty
  std::string node;
};

enum class ChainState : uint8_t { open, set_aside, done, cancelled };

// Of a closed one, what people are told of the work order.
struct ChainStateWord {
  ChainState value;
  std::string_view text;

  constexpr ChainStateWord(ChainState state, std::string_view word) : value(state), text(word) {}
  constexpr ChainStateWord(ChainState state, WorkOrderStatus status)
      : value(state), text(tcps::to_string(status)) {}
};

}  // namespace tcps::ledger

template <>
struct tcps::Vocabulary<tcps::ledger::ChainState> {
  static constexpr std::string_view name = "state";
  static constexpr std::array rows = {
      ledger::ChainStateWord{ledger::ChainState::open, "open"},
      ledger::ChainStateWord{ledger::ChainState::set_aside, "set aside"},
      ledger::ChainStateWord{ledger::ChainState::done, WorkOrderStatus::done},
      ledger::ChainStateWord{ledger::ChainState::cancelled, WorkOrderStatus::cancelled},
  };
};

namespace tcps::ledger {

using tcps::to_string;  // of ChainState

struct WorkOrderChain {
  std::string work_order;
  uint64_t accepted_index = 0;
  Digest acceptance;  // payload digest
  std::vector<LinkedOutcome> outcomes;
  ChainState state = ChainState::open;

  // Digest over the receipts' payload digests in order: one value that names the whole chain.
  Digest hash() const;
};

// The first thing found wrong.
struct ChainFault {
  uint64_t index = 0;
  std::string work_order;  // empty where none is concerned
  std::string stage;
  std::string what;
  std::string sentence() const;  // "work order wo-1, stage build (entry 7): ..."
};

struct ChainReport {
  uint64_t entries = 0;  // checked
  uint64_t receipts = 0;
  uint64_t work_orders = 0;
  uint64_t covered = 0;  // entries that the checkpoint covers
  Digest root;  // recomputed from them; of a single work order, the checkpoint's, which its proofs lead to
  std::vector<WorkOrderChain> chains;  // in order of acceptance; empty when handed to a ChainHandler
  std::optional<ChainFault> fault;
  bool passed() const { return !fault.has_value(); }
};
nlohmann::json to_json(const WorkOrderChain& chain);
nlohmann::json to_json(const ChainReport& report);

// What an index says of an entry: used only to name one that can no longer be read.
struct EntryLabel {
  std::string work_order;
  std::string stage;
};

// Where entries come from: a store, a bundle, a peer.
class ChainSource {
 public:
  virtual ~ChainSource() = default;
  // All entries from 0 on, in order.
  virtual Status entries(const EntryVisitor& visitor) = 0;
  // In order: the genesis, every key added or revoked, and the entries about the work order.
  virtual Status entries_about(const std::string& work_order, const EntryVisitor& visitor) = 0;
  virtual Result<std::vector<Digest>> inclusion(uint64_t index, uint64_t size) = 0;
  virtual EntryLabel label(uint64_t index) = 0;  // empty when nothing is known
};

using ChainHandler = std::function<void(const WorkOrderChain&)>;

// Checks a whole log. With a handler, work orders are handed over as they close (open ones at the end), and
// memory holds only the open ones and 8 bytes for each closed one. Errors: those of the source; what is wrong
// with the log is a fault of the report.
Result<ChainReport> verify_log(const LineName& line, const TrustedHead& head, ChainSource& source,
                               const ChainHandler& handler = nullptr);

// Checks one work order, each of its entries against the trusted root by inclusion proof. That the source
// left out no later event (a revocation, a quarantine) is shown by verify_log() only. A work order that is
// not there is a fault.
Result<ChainReport> verify_work_order(const LineName& line, const TrustedHead& head,
                                      const std::string& work_order, ChainSource& source);

}  // namespace tcps::ledger
