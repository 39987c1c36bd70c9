// Turns what a procedure made of a job into the one message that ends the stage: the signed receipt,
// addressed to the next stage.
#pragma once

#include <string>

#include "actors/line/following/sealed_message.h"
#include "actors/stages/procedure.h"
#include "messages/keys.h"
#include "messages/line_message.h"

namespace tcps::station {

// Who signs and for which log.
struct Seal {
  LineName line;
  std::string genesis;
  NodeId node;
  Signer* signer = nullptr;
};

using SealedOutcome = line::SealedMessage;

// `pool`: where the next stage's card goes. Errors: those of seal(); invalid, naming it, when a stage field
// cannot be in a receipt; full when the receipt would exceed the envelope's bound.
Result<SealedOutcome> seal_outcome(const Seal& seal, const Job& job, const StageOutcome& outcome,
                                   const Digest& work_order_digest, const Pool& next_pool,
                                   int64_t started_unix_ms, int64_t ended_unix_ms);

// digest(predecessor, stage, attempt): the same for every outcome of one card.
std::string outcome_message_id(const Digest& predecessor, Stage stage, uint32_t attempt);

}  // namespace tcps::station
