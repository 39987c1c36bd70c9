// The commands of tcps-audit-http, by file: those that speak HTTP.
#pragma once

#include "nodes/audit/program.h"

namespace tcps::audit {

void add_witness_command(Program& program);
void add_monitor_command(Program& program);

}  // namespace tcps::audit
