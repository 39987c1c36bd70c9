// SLSA verification summary attestation (VSA, https://slsa.dev/verification_summary/v1): a verifier's signed
// word that it checked something against a policy, so that others need not. Pure rules.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/dsse.h"
#include "messages/keys.h"
#include "messages/line_message.h"
#include "messages/result.h"

namespace tcps::ledger {

struct ResourceDescriptor {
  std::string uri;
  Digest digest;
};

struct VerificationSummary {
  std::vector<StatementSubject> subjects;  // what was checked: not empty, asserted
  std::string verifier_id;                 // a URI
  std::string verifier_version;            // of the program
  int64_t time_verified_ms = 0;            // Unix
  std::string resource_uri;                // what the subjects belong to
  ResourceDescriptor policy;
  std::vector<ResourceDescriptor> input_attestations;  // what was looked at
  bool passed = false;
  std::vector<std::string> levels;  // SLSA levels that a passed check stands for; "FAILED" otherwise
};

// The in-toto Statement v1.
nlohmann::json to_statement(const VerificationSummary& summary);
// As a DSSE envelope. Errors: those of seal().
Result<Bytes> seal_summary(const VerificationSummary& summary, Signer& signer);

}  // namespace tcps::ledger
