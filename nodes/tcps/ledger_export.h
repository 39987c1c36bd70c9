// tcps ledger export: one work order's bundle (actors/ledger/bundle.h), put together from the answers of a
// line, running or stopped.
#pragma once

#include <optional>
#include <string>

#include "actors/ledger/bundle.h"
#include "nodes/tcps/line_access.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {

// Of the line's newest checkpoint; with `older`, proving that it continues that one. Asks for a newer
// checkpoint for some seconds when the work order's last entry is not covered yet. Errors: not_found (the
// work order), unavailable (not covered in time), corrupt (what the line answers does not verify), conflict
// (the line's log does not continue `older`), those of the queries.
Result<ledger::Bundle> export_bundle(LineAccess& line, const std::string& work_order,
                                     const std::optional<merkle::Checkpoint>& older);

void add_ledger_export(Shell& shell, CLI::App* group);

}  // namespace tcps::cli
