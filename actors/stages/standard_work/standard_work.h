// A product line's standard work: line.toml, read once, checked whole, and passed to every rule as a value.
//
// Every station reads the same StandardWork: the supervisor its escalation times, the planner its slots, the
// stages what to query, render, build, test, release and publish. `digest` names the exact bytes; receipts
// carry it, so an auditor can say by which rules a work order was made. docs/formats/line-toml.md is the key
// reference; schema.h holds the same table for the parser and a test keeps the two equal.
//
// Invariants of a parsed value: every number is in its documented range, every relative path stays inside the
// repository, every query that a template names exists, and defaults are filled in. Values are immutable by
// convention and free of threads, clock and disk; only load() reads a file.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/digest.h"
#include "messages/ids.h"
#include "messages/result.h"
#include "messages/stage.h"
#include "messages/vocabulary.h"

namespace tcps {

using Argv = std::vector<std::string>;  // a program and its arguments; no shell
using Environment =
    std::map<std::string, std::string>;     // names and values of environment variables or labels
using Features = std::vector<std::string>;  // empty: for every work order

struct StageWork {
  uint32_t wip = 0;      // cards of this stage in work over all nodes
  uint32_t workers = 0;  // workers on each node
  std::chrono::milliseconds slo{};
  Pool pool;
};

struct DemandSource {
  std::string file;  // repository path of recorded demand; empty: by the bus only
  Bucket bucket = Bucket::features;
};

// Turtle and SHACL files as globs of repository paths.
struct Knowledge {
  std::vector<std::string> ontology;
  std::vector<std::string> shapes;
  std::vector<std::string> work_order_shapes;
  uint32_t iterations = 0;  // times the ontology is loaded to prove determinism (F3.4)
};

struct QueryWork {
  std::string name;
  std::string file;
  std::string schema;  // JSON Schema of the rows; empty: none
  std::chrono::milliseconds timeout{};
  bool allow_empty = false;  // false: no rows is F4.2
  Features features;
};

struct TemplateWork {
  std::string file;
  std::vector<std::string> data;  // query names; each is a variable of the template
  std::string output;             // repository path; may hold {{ }} when for_each is set
  std::string for_each;           // query whose rows are rendered one file each, as `row`; empty: one file
  bool marker = true;             // write and check the generated-file marker (F5.3, F5.4)
  std::string comment;            // comment opener of the marker line; empty: by the output's suffix
  Features features;
};

enum class BuildSystem : uint8_t { cmake, make, rebar3, npm, cargo, go, python, custom };
inline constexpr std::array<BuildSystem, 8> all_build_systems = {
    BuildSystem::cmake, BuildSystem::make, BuildSystem::rebar3, BuildSystem::npm,
    BuildSystem::cargo, BuildSystem::go,   BuildSystem::python, BuildSystem::custom};
std::string_view to_string(BuildSystem system);
// What each system runs when line.toml names no build.commands; empty for custom.
std::vector<Argv> default_build_commands(BuildSystem system);

struct BuildWork {
  BuildSystem system = BuildSystem::custom;
  std::vector<Argv> prepare;         // checks that dependencies are there, offline; a failure is F6.2
  std::vector<Argv> commands;        // a failure is F6.1
  Argv compiler_version;             // its first line of output goes into the receipt; empty: not asked
  std::vector<std::string> lock;     // dependency lock files, recorded by digest
  std::vector<std::string> outputs;  // globs of the files to collect
  uint32_t repeat = 0;               // clean builds compared byte for byte (F6.3)
  Environment environment;
  std::chrono::milliseconds timeout{};  // of one build; zero: the stage's SLO alone
};

struct TestSuite {
  std::string framework;  // as written into the receipt
  std::vector<Argv> commands;
  std::vector<std::string> junit;       // globs of JUnit XML reports; none: each command is one test
  uint32_t tests_per_property = 0;      // property suite only; passed as TCPS_TESTS_PER_PROPERTY
  std::chrono::milliseconds timeout{};  // zero: the stage's SLO alone
};

struct CoverageWork {
  std::vector<Argv> commands;
  std::string report;          // gcovr JSON summary
  double threshold_lines = 0;  // percent; below it is F7.2
};

struct TestWork {
  std::optional<TestSuite> unit;
  std::optional<TestSuite> integration;
  std::optional<TestSuite> property;
  std::optional<CoverageWork> coverage;
  Environment environment;
  uint32_t flaky_reruns = 0;  // a failed suite runs again so often; a later pass is F7.4, not a pass
};

struct ReleaseFile {
  std::string from;  // glob among the build's outputs and the repository
  std::string to;    // path in the tarball; ends in '/' when `from` may match several
};

struct ImageWork {
  Argv entrypoint;
  Argv cmd;
  Environment environment;
  Environment labels;
  std::string working_directory;
};

struct ReleaseWork {
  std::string name;  // template over sku, version, line, work_order
  std::vector<Argv> commands;
  std::vector<ReleaseFile> files;
  std::vector<std::string> required;  // globs that must match in the tarball (F8.2)
  std::optional<ImageWork> image;     // none: no container
};

enum class Channel : uint8_t { oci, marketplace };

struct PublishWork {
  std::vector<Channel> channels;  // in order
  std::string oci_registry;       // "embedded" or host:port
  std::string oci_repository;
  std::string marketplace_directory;  // "embedded" or an absolute path
  uint32_t attempts = 0;              // tries per channel before F9.1 to F9.3
};

struct NamedCommand {
  std::string name;
  Argv command;  // exit code 0 passes
};

struct VerifyWork {
  std::vector<NamedCommand> smoke;
  Argv image_command;                     // run in the pulled image; empty: not applicable
  std::vector<NamedCommand> entitlement;  // empty: not applicable
};

struct SandboxWork {
  uint32_t memory_mib = 0;
  uint32_t processes = 0;
  std::vector<std::string> read_only;  // absolute paths
};

struct AndonWork {
  std::vector<std::chrono::milliseconds> escalate_after;  // ascending, from the raise
  uint32_t stop_stage_after = 0;                          // failures of one mode in a row
};

// How long the object store keeps what stages made; docs/how-to/keep-artifacts.md.
struct ArtifactWork {
  std::chrono::milliseconds keep{0};  // after a work order's last entry; 0: for ever
  std::vector<Stage> never_swept;     // stages whose outputs stay
};

enum class ProcedureKind : uint8_t { real, null };  // null: makes nothing, for benchmarks

template <>
struct Vocabulary<ProcedureKind> {
  static constexpr std::string_view name = "kind of procedures";
  static constexpr std::array rows = {
      Word{ProcedureKind::real, "real"},
      Word{ProcedureKind::null, "null"},
  };
};

struct StandardWork {
  Digest digest;  // of the exact bytes of line.toml

  LineName line;
  std::string sku, title, description;
  Pool pool;
  std::string initial_version;
  uint32_t wip_limit = 0;
  uint32_t backlog_limit = 0;
  std::array<StageWork, all_stages.size()> stages;
  std::array<uint32_t, all_buckets.size()> slots{};  // Heijunka slots, in the order of all_buckets
  std::map<std::string, DemandSource> demand;        // by source token
  std::optional<Knowledge> knowledge;                // none: generate, extract and render do not apply
  std::string template_folder;                       // where include, import and extends look names up
  std::vector<QueryWork> queries;
  std::vector<TemplateWork> templates;
  BuildWork build;
  TestWork test;
  ReleaseWork release;
  PublishWork publish;
  VerifyWork verify;
  AndonWork andon;
  ArtifactWork artifacts;
  SandboxWork sandbox;
  ProcedureKind procedures = ProcedureKind::real;

  // Reads line.toml's text (at most 1 MiB). Errors: invalid; the message holds every problem found, one per
  // line, each "<file>:<line>:<column>: <key>: <what is wrong>; <remedy>", in the order of the text.
  static Result<StandardWork> parse(std::string_view text, std::string_view file_name);
  // parse() over a file. Errors: those of parse(); io and not_found, naming the path.
  static Result<StandardWork> load(const std::string& path);

  const StageWork& stage(Stage stage) const { return stages[static_cast<size_t>(stage) - 1]; }
  uint32_t slots_of(Bucket bucket) const { return slots[static_cast<size_t>(bucket)]; }
};

// Whether a query or template with these features serves a work order that asks for `feature`.
bool serves(const Features& features, std::string_view feature);

}  // namespace tcps
