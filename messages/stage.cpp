#include "messages/stage.h"

#include <fmt/format.h>

namespace tcps {
namespace {

struct StandardWork {
  std::string_view name;
  std::chrono::minutes slo;
};

constexpr std::array<StandardWork, 10> standard_work = {{
    {"pull", std::chrono::minutes(5)},
    {"plan", std::chrono::minutes(10)},
    {"generate", std::chrono::minutes(30)},
    {"extract", std::chrono::minutes(15)},
    {"render", std::chrono::minutes(20)},
    {"build", std::chrono::minutes(10)},
    {"test", std::chrono::minutes(30)},
    {"release", std::chrono::minutes(15)},
    {"publish", std::chrono::minutes(20)},
    {"verify", std::chrono::minutes(15)},
}};

constexpr size_t modes_per_stage = 4;
using enum Stage;

constexpr std::array<FailureMode, 40> failure_modes = {{
    {pull, 1, "Invalid demand source", "Update demand source schema", "Add source validation constraint"},
    {pull, 2, "Duplicate work order", "Merge with existing WO", "Add uniqueness constraint"},
    {pull, 3, "Missing required field", "Add field to work order", "Enforce template completion"},
    {pull, 4, "Invalid due date", "Correct date format", "Add date constraint to SHACL"},
    {plan, 1, "WIP limit exceeded", "Wait for slot to free", "Monitor WIP continuously"},
    {plan, 2, "No work orders", "Wait for pull stage", "Set minimum backlog threshold"},
    {plan, 3, "Invalid bucket", "Assign to default bucket", "Add bucket validation to SHACL"},
    {plan, 4, "Unbalanced schedule", "Re-run leveling algorithm", "Tune bucket allocations"},
    {generate, 1, "SHACL violation", "Fix ontology, re-validate", "Add constraint to prevent"},
    {generate, 2, "Invalid Turtle syntax", "Fix syntax", "Pre-commit validation"},
    {generate, 3, "Missing namespace", "Add namespace declaration", "Namespace registry"},
    {generate, 4, "Non-deterministic", "Find randomness source", "Eliminate randomness"},
    {extract, 1, "Query timeout", "Optimize query", "Add query performance test"},
    {extract, 2, "Empty results", "Check ontology completeness", "Add data completeness constraint"},
    {extract, 3, "Invalid JSON", "Fix query projection", "Add schema to SPARQL query"},
    {extract, 4, "Query syntax error", "Fix query syntax", "Pre-commit SPARQL validation"},
    {render, 1, "Template syntax error", "Fix template syntax", "Add template validation to CI"},
    {render, 2, "Missing data field", "Add field to extraction", "Add schema validation"},
    {render, 3, "Manual edit detected", "Trigger Andon, revert edit", "Add pre-commit hook"},
    {render, 4, "Output file collision", "Backup + regenerate", "Add file tracking"},
    {build, 1, "Compilation error", "Fix source, re-compile", "Add syntax check to template"},
    {build, 2, "Missing dependency", "Update rebar.config", "Lock file validation"},
    {build, 3, "Non-deterministic build", "Find randomness source", "Eliminate timestamps"},
    {build, 4, "Timeout", "Trigger Andon, investigate", "Profile build performance"},
    {test, 1, "Test failure", "Trigger Andon, fix bug", "Add regression test"},
    {test, 2, "Coverage drop", "Add tests", "Coverage ratcheting"},
    {test, 3, "Test timeout", "Trigger Andon", "Profile slow tests"},
    {test, 4, "Flaky test", "Trigger Andon, fix race", "Add determinism check"},
    {release, 1, "Release build fails", "Check dependencies", "Test release in CI"},
    {release, 2, "Missing ERTS", "Install Erlang/OTP", "Add ERTS availability check"},
    {release, 3, "Tarball corruption", "Rebuild", "Verify disk integrity"},
    {release, 4, "Container build fails", "Check Dockerfile", "Test container build in CI"},
    {publish, 1, "Hex publish fails", "Check credentials", "Validate credentials in CI"},
    {publish, 2, "Container push fails", "Check network/auth", "Test registry access"},
    {publish, 3, "Marketplace update fails", "Retry with backoff", "Add health check"},
    {publish, 4, "Version conflict", "Increment version", "Check version availability"},
    {verify, 1, "Install fails", "Trigger Andon, check package", "Verify package metadata"},
    {verify, 2, "Smoke test fails", "Trigger Andon, investigate", "Add smoke tests to CI"},
    {verify, 3, "Container broken", "Trigger Andon, rebuild", "Test container before push"},
    {verify, 4, "Entitlement broken", "Trigger Andon, fix logic", "Add entitlement tests to CI"},
}};

constexpr size_t row_of(Stage stage, uint8_t number) {
  return (static_cast<size_t>(stage) - 1) * modes_per_stage + number - 1;
}

constexpr bool every_row_is_in_its_place() {
  for (size_t row = 0; row < failure_modes.size(); ++row) {
    if (row_of(failure_modes[row].stage, failure_modes[row].number) != row) return false;
  }
  return true;
}
static_assert(every_row_is_in_its_place());

constexpr std::array<std::string_view, 5> bucket_names = {"reliability", "security", "features", "compliance",
                                                          "debt"};

const StandardWork& work_of(Stage stage) {
  const auto index = static_cast<size_t>(stage) - 1;
  TCPS_CHECK(index < standard_work.size());
  return standard_work[index];
}

}  // namespace

std::string_view to_string(Stage stage) { return work_of(stage).name; }

Result<Stage> parse_stage(std::string_view text) {
  for (Stage stage : all_stages) {
    if (to_string(stage) == text) return stage;
  }
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not one of the ten stages from pull to verify", text.substr(0, 64)));
}

std::optional<Stage> next_stage(Stage stage) {
  if (stage == Stage::verify) return std::nullopt;
  return static_cast<Stage>(static_cast<uint8_t>(stage) + 1);
}

std::chrono::minutes standard_slo(Stage stage) { return work_of(stage).slo; }

std::string FailureMode::code() const {
  return fmt::format("F{}.{}", static_cast<int>(stage), static_cast<int>(number));
}

const FailureMode& failure_mode(Stage stage, uint8_t number) {
  TCPS_CHECK(number >= 1 && number <= modes_per_stage);
  work_of(stage);
  return failure_modes[row_of(stage, number)];
}

Result<const FailureMode*> parse_failure_mode(std::string_view code) {
  for (const FailureMode& mode : failure_modes) {
    if (mode.code() == code) return &mode;
  }
  return fail(
      ErrorCode::invalid,
      fmt::format("'{}' is not a failure mode of the Standard Work (F1.1 to F10.4)", code.substr(0, 64)));
}

std::string_view to_string(Bucket bucket) {
  const auto index = static_cast<size_t>(bucket);
  TCPS_CHECK(index < bucket_names.size());
  return bucket_names[index];
}

Result<Bucket> parse_bucket(std::string_view text) {
  for (Bucket bucket : all_buckets) {
    if (to_string(bucket) == text) return bucket;
  }
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not a bucket: use reliability, security, features, compliance or debt",
                          text.substr(0, 64)));
}

}  // namespace tcps
