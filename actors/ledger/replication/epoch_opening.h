// Opening the next epoch of a line: the stream that goes on from a log when the one before is lost.
//
// What decides that an epoch is to be opened, and by whom, is epoch_plan.h. Blocks for as long as the bus
// takes.
#pragma once

#include <cstdint>
#include <string>

#include "actors/ledger/store/ledger_store.h"
#include "actors/line/fold/line_state.h"
#include "bus/bus.h"
#include "messages/keys.h"

namespace tcps::ledger {

// The log to go on from, and what the new stream is like. Everything pointed to outlives the opening.
struct EpochOpening {
  bus::Bus* bus = nullptr;
  bus::StreamConfig stream;  // its name and first sequence are set here
  const line::LineState* fold = nullptr;
  LedgerStore* store = nullptr;
  Signer* signer = nullptr;
  std::string by;  // the node, or the person
  int64_t unix_ms = 0;
};

// Retires the streams of all epochs before, publishes the entry that begins the epoch, and puts the open
// cards back. Cut off in between, it is done again from the beginning. Errors: conflict, when another node
// was first; those of the bus and the store.
Status open_epoch(const EpochOpening& opening, uint64_t first_sequence);

}  // namespace tcps::ledger
