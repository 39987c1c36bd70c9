#include "actors/ledger/chain/verification_summary.h"

#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/iso8601.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

json descriptor(const ResourceDescriptor& resource) {
  return {{"uri", resource.uri}, {"digest", {{"sha256", resource.digest.hex()}}}};
}

}  // namespace

json to_statement(const VerificationSummary& summary) {
  TCPS_CHECK(!summary.subjects.empty());
  json subjects = json::array();
  for (const StatementSubject& subject : summary.subjects)
    subjects.push_back({{"name", subject.name}, {"digest", {{"sha256", subject.digest.hex()}}}});
  json inputs = json::array();
  for (const ResourceDescriptor& input : summary.input_attestations) inputs.push_back(descriptor(input));
  const json levels = summary.passed ? json(summary.levels) : json::array({"FAILED"});
  json predicate = {
      {"verifier", {{"id", summary.verifier_id}, {"version", {{"tcps-audit", summary.verifier_version}}}}},
      {"timeVerified", to_iso8601(summary.time_verified_ms)},
      {"resourceUri", summary.resource_uri},
      {"policy", descriptor(summary.policy)},
      {"inputAttestations", std::move(inputs)},
      {"verificationResult", summary.passed ? "PASSED" : "FAILED"},
      {"verifiedLevels", levels},
      {"slsaVersion", "1.0"}};
  return {{"_type", "https://in-toto.io/Statement/v1"},
          {"subject", std::move(subjects)},
          {"predicateType", "https://slsa.dev/verification_summary/v1"},
          {"predicate", std::move(predicate)}};
}

Result<Bytes> seal_summary(const VerificationSummary& summary, Signer& signer) {
  auto envelope = TCPS_TRY(seal(in_toto_payload_type, canonical_json(to_statement(summary)), signer));
  return envelope.encode();
}

}  // namespace tcps::ledger
