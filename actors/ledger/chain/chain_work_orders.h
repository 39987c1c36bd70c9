// The part of chain verification that follows work orders through the stages: which message opened the card,
// what may come next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_set>

#include "actors/ledger/chain/chain.h"
#include "actors/ledger/chain/chain_keys.h"
#include "messages/line_message.h"

namespace tcps::ledger {

class ChainWorkOrders {
 public:
  // resumes_shown: every resume is among the messages, so that an attempt may rise by a resume only. Not so
  // when only the entries of one work order are read: the resolution of a call for help names the call, not
  // the work order.
  explicit ChainWorkOrders(bool resumes_shown) : resumes_shown_(resumes_shown) {}

  // Takes the message, which is entry `index` signed by `signer`. Errors: invalid, what is wrong with it.
  Status apply(uint64_t index, const LineMessage& message, const ChainKey& signer);

  // Work orders that closed since the last call, and at the end the open ones.
  std::vector<WorkOrderChain> take_closed();
  std::vector<WorkOrderChain> take_open();

 private:
  enum class Phase : uint8_t { working, waiting, set_aside };
  struct Tracked {
    WorkOrderChain chain;
    std::string digest;  // of the work order's content
    Phase phase = Phase::working;
    Stage stage = Stage::pull;
    std::string pool;
    uint32_t attempt = 1;
    std::string card;    // payload digest of the message that opened the card, "sha256:..."
    std::string passed;  // of the last passed outcome, or the acceptance
  };
  using Orders = std::map<std::string, Tracked>;

  Status apply_one(uint64_t index, const LineMessage& message, const proto::Acceptance& m);
  Status apply_one(uint64_t index, const LineMessage& message, const proto::Receipt& m);
  Status apply_one(uint64_t index, const LineMessage& message, const proto::Dispatch& m);
  Status apply_one(uint64_t index, const LineMessage& message, const proto::AndonRaised& m);
  Status apply_one(uint64_t index, const LineMessage& message, const proto::AndonResolved& m);
  Status apply_one(uint64_t index, const LineMessage& message, const proto::WorkOrderDecision& m);
  template <class Other>
  Status apply_one(uint64_t, const LineMessage&, const Other&) {
    return {};
  }

  Result<Orders::iterator> unclosed(const std::string& work_order);
  Status reach_attempt(Tracked& order, uint32_t attempt);
  Status advance(Orders::iterator order, const proto::Receipt& m, ReceiptStatus status,
                 const std::string& payload);
  void close(Orders::iterator order, ChainState state);

  bool resumes_shown_;
  const ChainKey* signer_ = nullptr;  // of the message being applied
  Orders orders_;
  std::unordered_set<uint64_t> closed_ids_;
  std::vector<WorkOrderChain> closed_;
  std::map<std::string, std::string> calls_;  // open call for help -> its work order
};

}  // namespace tcps::ledger
