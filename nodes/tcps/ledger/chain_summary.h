// A verification summary (SLSA VSA) of one receipt: that its work order's whole chain was just verified from
// the ledger's bytes, said in the words that other people's policy engines read. tcps-audit policy makes one
// against a policy of the asker's own.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "actors/ledger/chain/verification_summary.h"
#include "messages/keys.h"
#include "nodes/client/line_access.h"

namespace tcps::cli {

// About what the receipt (a reply of the query "receipt") made. Errors: those of the factory.
Result<ledger::VerificationSummary> chain_summary(client::LineAccess& line, const nlohmann::json& receipt);

// The key at hand that can vouch for it: the operator's of the context or the data folder, else the node's of
// the data folder. Null, when there is none. Errors: those of reading a key that is there.
Result<std::shared_ptr<PrivateKey>> key_at_hand(const client::LineAccess& line);

}  // namespace tcps::cli
