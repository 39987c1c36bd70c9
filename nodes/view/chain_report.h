// What `receipt verify-chain` and `run` say about a verified chain.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "nodes/view/output.h"

namespace tcps::view {

// The verdict last, as "Chain verification: PASS"; before it, with `details`, what was checked.
void print_chain_report(Output& out, const nlohmann::json& report, bool details);

}  // namespace tcps::view
