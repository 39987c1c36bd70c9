// tcps ledger export: one work order's bundle (actors/ledger/chain/bundle.h) as a file.
#pragma once

#include "nodes/tcps/shell.h"

namespace tcps::cli {

void add_ledger_export(Shell& shell, CLI::App* group);

}  // namespace tcps::cli
