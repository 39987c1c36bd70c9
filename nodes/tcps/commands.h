// All commands of tcps, as main() and the tests of the command line see them.
#pragma once

#include "nodes/tcps/shell.h"

namespace tcps::cli {

void add_all_commands(Shell& shell);

}  // namespace tcps::cli
