// What can go wrong at each stage, and what to do then: the failure tables of "TCPS Standard Work Procedures"
// 1.0.0 (config/standard-work/stages.toml for people). A mode is named in the program and written
// F<stage>.<row> in receipts, calls, queries and indexes. docs/hacking.md says how to add one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "messages/result.h"
#include "messages/stage.h"

namespace tcps {

// The value is 100 * stage + row. A stage may have any number of modes up to 99. Values and codes are on
// record in ledgers: a mode is never renumbered or taken away.
enum class FailureMode : uint16_t {
  invalid_demand_source = 101,
  duplicate_work_order = 102,
  missing_required_field = 103,
  invalid_due_date = 104,

  wip_limit_exceeded = 201,
  no_work_orders = 202,
  invalid_bucket = 203,
  unbalanced_schedule = 204,

  shacl_violation = 301,
  invalid_turtle_syntax = 302,
  missing_namespace = 303,
  non_deterministic_ontology = 304,

  query_timeout = 401,
  empty_results = 402,
  invalid_json = 403,
  query_syntax_error = 404,

  template_syntax_error = 501,
  missing_data_field = 502,
  manual_edit_detected = 503,
  output_file_collision = 504,

  compilation_error = 601,
  missing_dependency = 602,
  non_deterministic_build = 603,
  build_timeout = 604,

  test_failure = 701,
  coverage_drop = 702,
  test_timeout = 703,
  flaky_test = 704,

  release_build_fails = 801,
  missing_erts = 802,
  tarball_corruption = 803,
  container_build_fails = 804,

  hex_publish_fails = 901,
  container_push_fails = 902,
  marketplace_update_fails = 903,
  version_conflict = 904,

  install_fails = 1001,
  smoke_test_fails = 1002,
  container_broken = 1003,
  entitlement_broken = 1004,
};

// Says in place of a mode that the Standard Work names none that fits.
inline constexpr std::nullopt_t no_mode = std::nullopt;

// One row of a stage's failure table.
struct FailureModeRow {
  FailureMode mode;
  std::string_view code;        // "F3.1"
  std::string_view name;        // "SHACL violation"
  std::string_view detection;   // "Validation fails"
  std::string_view recovery;    // "Fix ontology, re-validate": what an Andon call asks for
  std::string_view prevention;  // "Add constraint to prevent"
  bool is_deadline =
      false;  // what a run that overstays its stage's SLO fails with; one row of a stage at most
};

std::span<const FailureModeRow> failure_modes();  // all, by stage and row
std::span<const FailureModeRow> failure_modes_of(Stage stage);
const FailureModeRow& row_of(FailureMode mode);

Stage stage_of(FailureMode mode);
std::string_view to_string(FailureMode mode);                   // its code
Result<FailureMode> parse_failure_mode(std::string_view code);  // Errors: invalid

// What a run that overstays the stage's SLO fails with; nothing where the stage's table has no row for it.
std::optional<FailureMode> deadline_mode(Stage stage);

}  // namespace tcps
