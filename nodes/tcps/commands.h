// All commands of tcps, as the program and the tests of the command line add them to a shell.
#pragma once

#include "nodes/tcps/shell.h"

namespace tcps::cli {

void add_all_commands(Shell& shell);

}  // namespace tcps::cli
