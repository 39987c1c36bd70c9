// tcps-audit policy
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "actors/ledger/chain/verification_summary.h"
#include "messages/files.h"
#include "messages/keys.h"
#include "nodes/audit/commands.h"
#include "nodes/audit/pins.h"
#include "nodes/audit/policy_file.h"

namespace tcps::audit {
namespace {

using nlohmann::json;

constexpr size_t policy_bytes_max = 1u << 20;

struct PolicyOptions {
  std::string bundle, policy, signing_key, output;
  PinOptions pins;
};

struct Inputs {
  Bytes bundle_bytes, policy_bytes;
  ledger::Bundle bundle;
  PolicyFile policy;
  ledger::BundlePins pins;
  std::shared_ptr<PrivateKey> signing_key;  // null: no summary is wanted
};

Result<Inputs> read_inputs(const PolicyOptions& options) {
  Inputs inputs;
  inputs.pins = TCPS_TRY(read_pins(options.pins));
  inputs.policy_bytes = TCPS_TRY(read_input(options.policy, policy_bytes_max));
  inputs.policy = TCPS_TRY(parse_policy(inputs.policy_bytes, options.policy));
  inputs.bundle_bytes = TCPS_TRY(read_input(options.bundle, ledger::bundle_bytes_max));
  auto bundle = ledger::Bundle::decode(inputs.bundle_bytes);
  if (!bundle) return fail(ErrorCode::corrupt, fmt::format("{}: {}", options.bundle, bundle.error().message));
  inputs.bundle = std::move(*bundle);
  if (options.signing_key.empty()) return inputs;
  inputs.signing_key = TCPS_TRY(PrivateKey::load(options.signing_key));
  return inputs;
}

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

ledger::VerificationSummary summary_of(const Inputs& inputs, const ledger::BundleReport& report,
                                       bool passed) {
  ledger::VerificationSummary summary;
  summary.subjects = ledger::release_subjects(report);
  if (summary.subjects.empty())
    summary.subjects = {{inputs.bundle.work_order, report.chain.chains.front().acceptance}};
  summary.verifier_id = inputs.policy.verifier_id;
  summary.verifier_version = program_version();
  summary.time_verified_ms = now_ms();
  summary.resource_uri = fmt::format("https://{}/{}", report.origin, inputs.bundle.work_order);
  const Digest policy = Digest::of(inputs.policy_bytes);
  summary.policy = {"urn:sha256:" + policy.hex(), policy};
  for (const ledger::BundleMessage& entry : report.messages) {
    if (!std::holds_alternative<proto::Receipt>(entry.message.predicate)) continue;
    summary.input_attestations.push_back({fmt::format("https://{}/{}", report.origin, entry.index),
                                          Digest::of(entry.message.envelope.encode())});
  }
  summary.passed = passed;
  summary.levels = inputs.policy.levels;
  return summary;
}

// Errors: io, those of the key.
Status write_summary(const Inputs& inputs, const ledger::BundleReport& report, bool passed,
                     const std::string& path) {
  auto sealed = TCPS_TRY(seal_summary(summary_of(inputs, report, passed), *inputs.signing_key));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << sealed;
  file.close();
  return file ? Status{} : fail(ErrorCode::io, path + ": cannot be written");
}

Outcome check_policy(const Program& program, const PolicyOptions& options) {
  if (options.signing_key.empty() != options.output.empty())
    return fail(ErrorCode::invalid, "--sign-with and --output belong together");
  auto inputs = TCPS_TRY(read_inputs(options));
  const auto report = ledger::verify_bundle(inputs.bundle, inputs.pins);
  if (!report.passed()) {
    const std::string what =
        report.fault.value_or("nothing is pinned: give --key, --genesis or --checkpoint");
    return fail(ErrorCode::corrupt, fmt::format("{}: {}", options.bundle, what));
  }
  const auto findings = judge_release(inputs.bundle, report, inputs.policy.rules);
  const bool passed = std::all_of(findings.begin(), findings.end(),
                                  [](const ledger::PolicyFinding& one) { return one.good; });
  json list = json::array();
  for (const auto& [rule, good, what] : findings) {
    list.push_back({{"rule", rule}, {"good", good}, {"what", what}});
    program.line(fmt::format("{}  {}: {}", good ? "good" : "BAD ", rule, what));
  }
  if (inputs.signing_key) {
    TCPS_TRY(write_summary(inputs, report, passed, options.output));
    program.line("verification summary: " + options.output);
  }
  program.line(fmt::format("Policy: {}", passed ? "PASS" : "FAIL"));
  program.document({{"verdict", passed ? "PASS" : "FAIL"},
                    {"work_order", inputs.bundle.work_order},
                    {"origin", report.origin},
                    {"findings", std::move(list)}});
  return passed ? Exit::ok : Exit::failed;
}

}  // namespace

void add_policy_command(Program& program) {
  auto options = std::make_shared<PolicyOptions>();
  CLI::App* command = program.command(nullptr, "policy", "check a release against a policy file",
                                      [&program, options] { return check_policy(program, *options); });
  command->add_option("bundle", options->bundle, "the release's bundle (tcps ledger export)")->required();
  command->add_option("policy", options->policy, "policy file (TOML)")->required();
  command->add_option("--sign-with", options->signing_key, "PEM file of the verifier's Ed25519 key");
  command->add_option("-o,--output", options->output, "file for the signed verification summary (VSA)");
  options->pins.add_all_options(command);
}

}  // namespace tcps::audit
