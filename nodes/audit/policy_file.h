// The policy file of tcps-audit policy: docs/formats/policy.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/ledger/chain/release_policy.h"

namespace tcps::audit {

struct PolicyFile {
  ledger::ReleasePolicy rules;
  std::string verifier_id = "https://tcps.dev/tcps-audit";
  std::vector<std::string> levels = {"SLSA_BUILD_LEVEL_1"};
};

// Unknown keys are refused by name. Errors: invalid, naming file, line and key.
Result<PolicyFile> parse_policy(std::string_view text, const std::string& name);

}  // namespace tcps::audit
