#include "actors/stages/knowledge/engine_room.h"

#include <algorithm>
#include <filesystem>

#include "actors/stages/common/workspace.h"
#include "bus/bus.h"
#include "messages/canonical_json.h"

namespace tcps::stages {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t answer_bytes_max = 16u << 20;
constexpr size_t outputs_max = 20'000;
constexpr size_t list_bytes_max = 24u << 10;
constexpr std::string_view program = "/tcps-engine";  // its place inside the sandbox
constexpr uint32_t threads_of_engine = 4;

tl::unexpected<Halt> make_folder_failed(const std::string& folder, const std::error_code& error) {
  return halt({ErrorCode::io, "cannot make the folder '" + folder + "': " + error.message()});
}

// Blames the product where it is at fault and the surroundings otherwise.
tl::unexpected<Halt> blame(const Error& error) {
  if (is_fault_of_product(error.code)) return failed(no_mode, error.message);
  return halt(error);
}

// The mode that the engine names, where it is one of the stage that asked.
std::optional<FailureMode> mode_of(const json& answer, Stage stage) {
  const auto mode = parse_failure_mode(answer.at("mode").get<std::string>());
  if (!mode || stage_of(*mode) != stage) return no_mode;
  return *mode;
}

std::optional<Finding> finding_of(const json& answer, Stage stage) {
  if (answer.at("ok").get<bool>()) return std::nullopt;
  Finding finding{mode_of(answer, stage), answer.at("reason").get<std::string>(), {}};
  for (const auto& line : answer.at("detail")) finding.detail.push_back(line.get<std::string>());
  return finding;
}

}  // namespace

Step<void> EngineRoom::open(bool with_product) {
  std::error_code error;
  fs::create_directories(folder_ + "/in", error);
  if (!error) fs::create_directories(folder_ + "/out", error);
  if (error) return make_folder_failed(folder_, error);
  if (!with_product) return {};
  TCPS_TRY(bench_.lay("engine/product", {}));
  return {};
}

Step<std::vector<std::string>> EngineRoom::find(const std::vector<std::string>& globs) const {
  const auto found = find_files(folder_ + "/product", globs);
  if (!found) return blame(found.error());
  std::vector<std::string> paths;
  for (const auto& [path, sum] : found->files) paths.push_back(path);
  return paths;
}

Step<void> EngineRoom::lay(Stage stage, const std::string& path) {
  const auto* entry = bench_.manifest().find(stage, path);
  const auto name = std::string(to_string(stage)) + "/" + path;
  if (entry == nullptr)
    return failed(no_mode, "artifact '" + name + "' is not in the manifest: work the stage before again");
  const auto place = place_of(folder_ + "/in", path);
  if (!place) return failed(no_mode, place.error().message);
  if (auto fetched = bench_.store().get_file(entry->digest, *place); !fetched) {
    return halt(fetched.error().at("artifact '" + name + "'"));
  }
  return {};
}

Step<ProcessResult> EngineRoom::run(const json& job) {
  const auto& workshop = bench_.workshop();
  if (workshop.engine_program.empty()) {
    return halt({ErrorCode::unavailable, "this node knows no tcps-engine: check its installation"});
  }
  auto sandbox = Sandbox::create(*workshop.processes);
  if (!sandbox) return halt(sandbox.error());
  SandboxSpec spec;
  spec.work_folder = folder_;
  spec.read_only.push_back({workshop.engine_program, std::string(program)});
  spec.limits.address_space_bytes_max = uint64_t{bench_.work().sandbox.memory_mib} << 20;
  if (engine_is_sanitized) spec.limits.address_space_bytes_max.reset();
  spec.limits.processes_max = std::max(bench_.work().sandbox.processes, threads_of_engine);
  spec.source_date_epoch = source_date(bench_.job().work_order);
  spec.standard_input = job.dump(-1, ' ', false, json::error_handler_t::replace);
  spec.output_bytes_max = answer_bytes_max;
  spec.cancel = bench_.job().cancel;
  spec.deadline =
      std::max(std::chrono::milliseconds(1), std::chrono::duration_cast<std::chrono::milliseconds>(
                                                 bench_.deadline() - std::chrono::steady_clock::now()));
  auto result = sandbox->run(spec, {std::string(program)});
  if (!result) return halt(result.error());
  if (result->cancelled || bench_.job().cancel.stop_requested()) {
    return halt({ErrorCode::unavailable, "the run was stopped: the card goes back"});
  }
  if (!result->ok() && !result->timed_out) {
    // A room that cannot be made fails like a crash: do not blame the product for it.
    if (auto available = sandbox->available(); !available) return halt(available.error());
  }
  return std::move(*result);
}

Step<EngineAnswer> EngineRoom::ask(const json& job) {
  bench_.log().add_line("$ tcps-engine " + job.at("op").get<std::string>());
  auto result = TCPS_TRY(run(job));
  if (!result.error_output.empty()) bench_.log().add_line(result.error_output);
  if (result.timed_out) {
    return failed(deadline_mode(bench_.job().stage),
                  "the knowledge engine did not end before the stage's deadline: simplify what it works on");
  }
  if (!result.ok() || result.output_truncated) {
    const auto words = last_words(result.error_output);
    return failed(no_mode,
                  "the knowledge engine ended with " + describe_end(result) +
                      (words.empty() ? ": look for an input that is too large, or raise sandbox.memory_mib"
                                     : ": " + words));
  }
  return read_answer(result.output);
}

Step<EngineAnswer> EngineRoom::read_answer(std::string_view text) const {
  const auto answer = parse_json(text);
  if (!answer) return failed(no_mode, "the knowledge engine's answer is no JSON: " + answer.error().message);
  try {
    EngineAnswer read{answer->at("fields"), {}, finding_of(*answer, bench_.job().stage)};
    for (const auto& path : answer->at("outputs")) read.outputs.push_back(path.get<std::string>());
    if (!read.fields.is_object() || read.outputs.size() > outputs_max) {
      return failed(no_mode, "the knowledge engine's answer is out of bounds");
    }
    for (const auto& path : read.outputs) {
      if (!is_product_path(path))
        return failed(no_mode, "the knowledge engine names a path outside the product");
    }
    return read;
  } catch (const json::exception& error) {
    return failed(no_mode, std::string("the knowledge engine's answer lacks a field: ") + error.what());
  }
}

Step<Digest> EngineRoom::keep(const std::string& output) {
  const auto place = place_of(folder_ + "/out", output);
  if (!place) return failed(no_mode, place.error().message);
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(*place, error))) {
    return failed(no_mode, "the knowledge engine did not write '" + output + "', which it names");
  }
  return bench_.keep_file(output, *place);
}

tl::unexpected<Halt> fail_with(Workbench& bench, const Finding& finding, Digest evidence) {
  for (const auto& line : finding.detail) bench.log().add_line(line);
  return failed(finding.mode, finding.reason, evidence);
}

json bounded_list(const json& entries) {
  auto list = json::array();
  size_t bytes = 0;
  for (const auto& entry : entries) {
    bytes += entry.dump(-1, ' ', false, json::error_handler_t::replace).size() + 1;
    if (bytes > list_bytes_max) break;
    list.push_back(entry);
  }
  return list;
}

StageOutcome without_ontology(const Job& job, const std::vector<std::string>& groups) {
  StageOutcome outcome;
  for (const auto& group : groups) {
    outcome.fields[group] = not_applicable("the product has no ontology: line.toml has no knowledge table");
  }
  outcome.manifest = job.manifest;
  return outcome;
}

}  // namespace tcps::stages
