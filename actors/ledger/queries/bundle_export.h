// One work order's bundle (bundle.h), put together from a line's answers.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "actors/ledger/chain/bundle.h"

namespace tcps::ledger {

// Puts a question of LedgerQueries to the line, wherever it is, and has its errors.
using AskLine =
    std::function<Result<nlohmann::json>(const std::string& query, const nlohmann::json& request)>;

// By the line's newest checkpoint; with `older`, proving that it continues that one. Nothing is handed out
// that does not verify here. Errors: not_found (the work order), unavailable (its last entry is not covered
// by a checkpoint yet), corrupt (what the line answers does not verify), conflict (the line's log does not
// continue `older`), those of the queries.
Result<Bundle> export_bundle(const AskLine& ask, const std::string& work_order,
                             const std::optional<tlog::Checkpoint>& older);

}  // namespace tcps::ledger
