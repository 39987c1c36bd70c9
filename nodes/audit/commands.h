// The commands of tcps-audit, by file. All judge files that they are given by the rules alone: no store, bus
// or network.
#pragma once

#include "nodes/audit/program.h"

namespace tcps::audit {

void add_proof_commands(Program& program);
void add_verify_commands(Program& program);
void add_policy_command(Program& program);

}  // namespace tcps::audit
