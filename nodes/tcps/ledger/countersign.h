// tcps ledger countersign: a second person's signature below a decision that is in the ledger already, as
// release policies ask for (docs/formats/policy.md).
#pragma once

#include "nodes/tcps/shell.h"

namespace tcps::cli {

void add_countersign(Shell& shell, CLI::App* group);

}  // namespace tcps::cli
