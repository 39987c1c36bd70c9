#include "messages/failure_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tcps {
namespace {

constexpr auto make_failure_table() {
  using enum FailureMode;
  return std::to_array<FailureModeRow>({
      {invalid_demand_source, "F1.1", "Invalid demand source", "SHACL validation fails",
       "Update demand source schema", "Add source validation constraint"},
      {duplicate_work_order, "F1.2", "Duplicate work order", "ID collision check", "Merge with existing WO",
       "Add uniqueness constraint"},
      {missing_required_field, "F1.3", "Missing required field", "SHACL validation fails",
       "Add field to work order", "Enforce template completion"},
      {invalid_due_date, "F1.4", "Invalid due date", "Date validation fails", "Correct date format",
       "Add date constraint to SHACL"},
      {wip_limit_exceeded, "F2.1", "WIP limit exceeded", "Count check fails", "Wait for slot to free",
       "Monitor WIP continuously"},
      {no_work_orders, "F2.2", "No work orders", "Empty queue", "Wait for pull stage",
       "Set minimum backlog threshold"},
      {invalid_bucket, "F2.3", "Invalid bucket", "Bucket lookup fails", "Assign to default bucket",
       "Add bucket validation to SHACL"},
      {unbalanced_schedule, "F2.4", "Unbalanced schedule", "Distribution check", "Re-run leveling algorithm",
       "Tune bucket allocations"},
      {shacl_violation, "F3.1", "SHACL violation", "Validation fails", "Fix ontology, re-validate",
       "Add constraint to prevent"},
      {invalid_turtle_syntax, "F3.2", "Invalid Turtle syntax", "Parse error", "Fix syntax",
       "Pre-commit validation"},
      {missing_namespace, "F3.3", "Missing namespace", "Undefined prefix", "Add namespace declaration",
       "Namespace registry"},
      {non_deterministic_ontology, "F3.4", "Non-deterministic", "Checksum mismatch", "Find randomness source",
       "Eliminate randomness"},
      {query_timeout, "F4.1", "Query timeout", "Execution exceeds limit", "Optimize query",
       "Add query performance test", true},
      {empty_results, "F4.2", "Empty results", "Result count = 0", "Check ontology completeness",
       "Add data completeness constraint"},
      {invalid_json, "F4.3", "Invalid JSON", "Schema validation fails", "Fix query projection",
       "Add schema to SPARQL query"},
      {query_syntax_error, "F4.4", "Query syntax error", "SPARQL parser error", "Fix query syntax",
       "Pre-commit SPARQL validation"},
      {template_syntax_error, "F5.1", "Template syntax error", "Tera parse error", "Fix template syntax",
       "Add template validation to CI"},
      {missing_data_field, "F5.2", "Missing data field", "Render fails", "Add field to extraction",
       "Add schema validation"},
      {manual_edit_detected, "F5.3", "Manual edit detected", "Marker check fails",
       "Trigger Andon, revert edit", "Add pre-commit hook"},
      {output_file_collision, "F5.4", "Output file collision", "File exists without marker",
       "Backup + regenerate", "Add file tracking"},
      {compilation_error, "F6.1", "Compilation error", "rebar3 exit code != 0", "Fix source, re-compile",
       "Add syntax check to template"},
      {missing_dependency, "F6.2", "Missing dependency", "Dep resolution fails", "Update rebar.config",
       "Lock file validation"},
      {non_deterministic_build, "F6.3", "Non-deterministic build", "Checksum mismatch",
       "Find randomness source", "Eliminate timestamps"},
      {build_timeout, "F6.4", "Timeout", "Build exceeds SLO", "Trigger Andon, investigate",
       "Profile build performance", true},
      {test_failure, "F7.1", "Test failure", "Test exit code != 0", "Trigger Andon, fix bug",
       "Add regression test"},
      {coverage_drop, "F7.2", "Coverage drop", "Below threshold", "Add tests", "Coverage ratcheting"},
      {test_timeout, "F7.3", "Test timeout", "Exceeds SLO", "Trigger Andon", "Profile slow tests", true},
      {flaky_test, "F7.4", "Flaky test", "Intermittent failure", "Trigger Andon, fix race",
       "Add determinism check"},
      {release_build_fails, "F8.1", "Release build fails", "rebar3 exit code != 0", "Check dependencies",
       "Test release in CI"},
      {missing_erts, "F8.2", "Missing ERTS", "Release incomplete", "Install Erlang/OTP",
       "Add ERTS availability check"},
      {tarball_corruption, "F8.3", "Tarball corruption", "Checksum mismatch", "Rebuild",
       "Verify disk integrity"},
      {container_build_fails, "F8.4", "Container build fails", "Docker exit code != 0", "Check Dockerfile",
       "Test container build in CI"},
      {hex_publish_fails, "F9.1", "Hex publish fails", "API error", "Check credentials",
       "Validate credentials in CI"},
      {container_push_fails, "F9.2", "Container push fails", "Registry error", "Check network/auth",
       "Test registry access"},
      {marketplace_update_fails, "F9.3", "Marketplace update fails", "API error", "Retry with backoff",
       "Add health check"},
      {version_conflict, "F9.4", "Version conflict", "Version exists", "Increment version",
       "Check version availability"},
      {install_fails, "F10.1", "Install fails", "Hex fetch error", "Trigger Andon, check package",
       "Verify package metadata"},
      {smoke_test_fails, "F10.2", "Smoke test fails", "Test exit code != 0", "Trigger Andon, investigate",
       "Add smoke tests to CI"},
      {container_broken, "F10.3", "Container broken", "Run fails", "Trigger Andon, rebuild",
       "Test container before push"},
      {entitlement_broken, "F10.4", "Entitlement broken", "Access incorrectly granted/denied",
       "Trigger Andon, fix logic", "Add entitlement tests to CI"},
  });
}
constexpr auto failure_table = make_failure_table();

constexpr unsigned number_of(FailureMode mode) { return static_cast<unsigned>(mode); }

// The rows of a stage stand together, in the order of the stages, numbered from 1 without a gap.
constexpr bool every_row_is_in_its_place() {
  unsigned stage = 0, row = 0;
  for (const FailureModeRow& one : failure_table) {
    const bool begins_a_stage = number_of(one.mode) / 100 != stage;
    stage += begins_a_stage ? 1 : 0;
    row = begins_a_stage ? 1 : row + 1;
    if (number_of(one.mode) != 100 * stage + row) return false;
  }
  return stage == all_stages.size();
}
static_assert(every_row_is_in_its_place());

}  // namespace

std::span<const FailureModeRow> failure_modes() { return failure_table; }

std::span<const FailureModeRow> failure_modes_of(Stage stage) {
  const auto rows = std::ranges::equal_range(failure_table, stage, {},
                                             [](const FailureModeRow& row) { return stage_of(row.mode); });
  return {rows.begin(), rows.end()};
}

const FailureModeRow& row_of(FailureMode mode) {
  const auto row = std::ranges::lower_bound(failure_table, mode, {}, &FailureModeRow::mode);
  TCPS_CHECK(row != failure_table.end() && row->mode == mode);
  return *row;
}

Stage stage_of(FailureMode mode) { return static_cast<Stage>(number_of(mode) / 100); }

std::string_view to_string(FailureMode mode) { return row_of(mode).code; }

Result<FailureMode> parse_failure_mode(std::string_view code) {
  const auto row = std::ranges::find(failure_table, code, &FailureModeRow::code);
  if (row != failure_table.end()) return row->mode;
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not a failure mode of the Standard Work ({} to {})", code.substr(0, 64),
                          failure_table.front().code, failure_table.back().code));
}

std::optional<FailureMode> deadline_mode(Stage stage) {
  const auto rows = failure_modes_of(stage);
  const auto row = std::ranges::find(rows, true, &FailureModeRow::is_deadline);
  if (row == rows.end()) return std::nullopt;
  return row->mode;
}

}  // namespace tcps
