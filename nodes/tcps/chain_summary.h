// A verification summary (SLSA VSA) of one receipt: that its work order's whole chain was just verified from
// the ledger's bytes, said in the words that other people's policy engines read. Not signed: tcps-audit
// policy signs one, against a policy of the asker's own.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "nodes/tcps/line_access.h"

namespace tcps::cli {

// The in-toto Statement v1 about what the receipt (a reply of the query "receipt") made. Errors: those of the
// factory.
Result<nlohmann::json> chain_summary(LineAccess& line, const nlohmann::json& receipt);

}  // namespace tcps::cli
