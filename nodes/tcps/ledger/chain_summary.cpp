#include "nodes/tcps/ledger/chain_summary.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace tcps::cli {
namespace {

using nlohmann::json;

// What was required; the summary names it by the digest of these words.
constexpr std::string_view requirement =
    "Every entry of the work order is in the tree of the line's newest checkpoint, is signed by a key that "
    "counts "
    "at its position, and follows the one before it in the order of the stages.";
constexpr const char* requirement_uri = "https://tcps.dev/policy/chain/v1";
constexpr const char* verifier = "https://tcps.dev/tcps";
constexpr const char* level = "SLSA_BUILD_LEVEL_1";  // provenance exists; more is for a policy to say

// The chain's receipts, by the digests of their envelopes.
Result<std::vector<ledger::ResourceDescriptor>> attestations(client::LineAccess& line, const json& report,
                                                             const std::string& origin) {
  std::vector<ledger::ResourceDescriptor> list;
  for (const json& stage : report.value("stages", json::array())) {
    const uint64_t index = stage.value("entry", uint64_t{0});
    auto entry = TCPS_TRY(line.ask("entry", {{"index", index}}));
    const auto envelope = TCPS_TRY(from_base64(entry.value("envelope", "")));
    list.push_back({fmt::format("https://{}/{}", origin, index), Digest::of(envelope)});
  }
  return list;
}

}  // namespace

Result<ledger::VerificationSummary> chain_summary(client::LineAccess& line, const json& receipt) {
  auto envelope = from_base64(receipt.value("envelope", ""));
  auto message =
      TCPS_TRY(envelope ? LineMessage::decode(*envelope) : Result<LineMessage>(fail(envelope.error())));
  const auto* predicate = std::get_if<proto::Receipt>(&message.predicate);
  if (predicate == nullptr)
    return fail(ErrorCode::invalid, "a summary is of a receipt: name one by work order and --stage");
  auto report = TCPS_TRY(line.ask("verify-chain", {{"work_order", predicate->work_order_id()}}));
  auto checkpoint = TCPS_TRY(line.ask("checkpoint", json::object()));
  const std::string origin = checkpoint.value("origin", "");
  auto inputs = TCPS_TRY(attestations(line, report, origin));
  ledger::VerificationSummary summary;
  summary.subjects = message.subjects;
  summary.verifier_id = verifier;
  summary.verifier_version = TCPS_VERSION;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  summary.time_verified_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  summary.resource_uri = fmt::format("https://{}/{}", origin, predicate->work_order_id());
  summary.policy = {requirement_uri, Digest::of(requirement)};
  summary.input_attestations = std::move(inputs);
  summary.passed = report.value("pass", false);
  summary.levels = {level};
  return summary;
}

Result<std::shared_ptr<PrivateKey>> key_at_hand(const client::LineAccess& line) {
  std::vector<std::string> files;
  if (!line.operator_key.empty()) files.push_back(line.operator_key);
  if (!line.data_folder.empty()) {
    for (const char* owner : {"operator", "node"})
      files.push_back(line.data_folder + "/keys/" + owner + ".pem");
  }
  for (const std::string& file : files) {
    auto key = PrivateKey::load(file);
    if (key || key.error().code != ErrorCode::not_found) return key;
  }
  return nullptr;
}

}  // namespace tcps::cli
