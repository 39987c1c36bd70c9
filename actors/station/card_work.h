// What a worker thread does for one card: gather the job, run the procedure, seal the outcome. Blocks; no
// actor in it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "actors/line/following/shared_line.h"
#include "actors/runtime/clock.h"
#include "actors/stages/standard_work/standard_work_cache.h"
#include "actors/station/receipt.h"

namespace tcps::station {

// The ledger's message with this payload digest. Blocks. Errors: not_found (not synced yet), unavailable.
using FindMessage = std::function<Result<LineMessage>(const Digest& payload)>;

// What all cards of a station share.
struct StationMeans {
  Stage stage;
  Seal seal;
  std::shared_ptr<Procedure> procedure;
  Workshop workshop;
  std::shared_ptr<stages::StandardWorkCache> standard_works;
  std::shared_ptr<line::SharedLine> line;
  FindMessage find_message;
  const Clock* clock = nullptr;
  std::string workspace_root;  // each run gets a folder of its own below
};

// One run of a card, shared by the actor that may stop it and the worker that does it.
struct CardRun {
  line::WorkOrderState order;
  std::chrono::milliseconds slo{};
  std::stop_source stop;
  std::atomic<bool> deadline{false};  // stopped by the SLO: ends in a failed outcome
};

// Errors: unavailable and others: the card cannot be worked here now, nothing is to be published.
Result<SealedOutcome> work_card(const StationMeans& means, CardRun& run);

}  // namespace tcps::station
