#include "actors/stages/common/workbench.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "actors/stages/common/workspace.h"
#include "bus/bus.h"
#include "messages/iso8601.h"

namespace tcps::stages {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr size_t subjects_max = 64;  // of a receipt: the envelope is bounded, the manifest names the rest
constexpr auto margin_max = milliseconds(5'000);
constexpr size_t output_bytes_max = 256u << 10;

std::string text_of(const Argv& argv) {
  std::string text;
  for (const auto& argument : argv) text += (text.empty() ? "" : " ") + argument;
  return text.size() <= 200 ? text : text.substr(0, 200) + "...";
}

Error error_of(const Halt& halted) {
  if (const auto* error = std::get_if<Error>(&halted)) return *error;
  return {ErrorCode::conflict, std::get<StageFailure>(halted).reason};
}

Error stopped() { return {ErrorCode::unavailable, "the run was stopped: the card goes back"}; }

}  // namespace

json not_applicable(std::string_view reason) { return {{"applicable", false}, {"reason", reason}}; }

int64_t source_date(const proto::WorkOrder& work_order) {
  const auto created = parse_iso8601(work_order.created());
  return created ? std::max<int64_t>(0, *created / 1000) : 0;
}

Environment standard_environment(const Job& job) {
  return {{"TCPS_VERSION", job.version},
          {"TCPS_SKU", job.work_order.sku()},
          {"TCPS_LINE", job.line.str()},
          {"TCPS_WORK_ORDER", job.work_order.id()},
          {"TCPS_SOURCE_DATE", to_iso8601(source_date(job.work_order) * 1000)}};
}

std::string describe_failure(const Argv& argv, const ProcessResult& result) {
  const auto words = last_words(result.output);
  return "'" + text_of(argv) + "' ended with " + describe_end(result) + (words.empty() ? "" : ": " + words);
}

Result<std::unique_ptr<Workbench>> Workbench::open(const Job& job, const Workshop& workshop) {
  if (workshop.artifacts == nullptr || workshop.processes == nullptr)
    return fail(ErrorCode::unavailable,
                "this node has no object store or may start no processes: check its configuration");
  auto sandbox = TCPS_TRY(Sandbox::create(*workshop.processes));
  auto manifest = TCPS_TRY(Manifest::load(*workshop.artifacts, job.manifest));
  std::error_code error;
  std::filesystem::create_directories(job.workspace, error);
  if (error) return fail(ErrorCode::io, "workspace " + job.workspace + " cannot be made: " + error.message());
  std::unique_ptr<Workbench> bench(new Workbench(job, workshop, std::move(sandbox)));
  bench->manifest_ = std::move(manifest);
  return bench;
}

Workbench::Workbench(const Job& job, const Workshop& workshop, Sandbox sandbox)
    : job_(job),
      workshop_(workshop),
      sandbox_(std::move(sandbox)),
      log_([this](std::string_view line) {
        if (workshop_.log) workshop_.log(job_.work_order.id(), line);
      }),
      end_(std::chrono::steady_clock::now() + job.time_left - std::min(margin_max, job.time_left / 10)) {}

Deadline Workbench::deadline(milliseconds longest) const {
  if (longest == milliseconds::zero()) return end_;
  return std::min(end_, std::chrono::steady_clock::now() + longest);
}

Step<std::string> Workbench::lay(const std::string& name, std::initializer_list<Stage> stages) {
  const auto snapshot = Digest::parse(job_.work_order.snapshot());
  if (!snapshot)
    return failed(no_mode,
                  "the work order names no product snapshot: register the product's repository anew");
  const auto place = folder(name);
  auto laid = lay_snapshot(store(), *snapshot, place);
  for (const auto stage : stages) {
    if (laid) laid = lay_files(store(), manifest_, stage, place);
  }
  if (laid) return place;
  if (is_fault_of_product(laid.error().code)) return failed(no_mode, laid.error().message);
  return halt(laid.error());
}

SandboxSpec Workbench::sandbox_spec(const std::string& work_folder, const Command& command) {
  SandboxSpec spec;
  spec.work_folder = work_folder;
  spec.root_folder = command.root_folder;
  spec.working_directory = command.working_directory;
  for (const auto& path : work().sandbox.read_only) spec.read_only.push_back({path, path});
  spec.environment = command.environment;
  for (const auto& [name, value] : standard_environment(job_)) spec.environment[name] = value;
  spec.source_date_epoch = source_date(job_.work_order);
  spec.environment["SOURCE_DATE_EPOCH"] = std::to_string(spec.source_date_epoch);
  if (work().sandbox.memory_mib != 0)
    spec.limits.address_space_bytes_max = uint64_t{work().sandbox.memory_mib} << 20;
  if (work().sandbox.processes != 0) spec.limits.processes_max = work().sandbox.processes;
  spec.merge_output = true;
  spec.output_bytes_max = output_bytes_max;
  spec.cancel = job_.cancel;
  spec.on_line = [this, &command](std::string_view line) {
    log_.add_line(line);
    if (command.on_line) command.on_line(line);
  };
  return spec;
}

Step<void> Workbench::prove_sandbox() {
  if (sandbox_proven_) return {};
  if (auto available = sandbox_.available(); !available) return halt(available.error());
  sandbox_proven_ = true;
  return {};
}

Step<ProcessResult> Workbench::run(const std::string& work_folder, const Command& command) {
  auto spec = sandbox_spec(work_folder, command);
  spec.deadline =
      std::chrono::duration_cast<milliseconds>(command.deadline - std::chrono::steady_clock::now());
  log_.add_line("$ " + text_of(command.argv));
  if (spec.deadline <= milliseconds::zero()) {
    ProcessResult late;
    late.timed_out = true;
    return late;
  }
  auto result = sandbox_.run(spec, command.argv);
  if (!result) return halt(result.error());
  if (result->cancelled || job_.cancel.stop_requested()) return halt(stopped());
  if (result->ok()) {
    sandbox_proven_ = true;
    return std::move(*result);
  }
  log_.add_line("[" + describe_end(*result) + "]");
  if (!result->timed_out) {
    // A room that cannot be made fails like a command: do not blame the product for it.
    TCPS_TRY(prove_sandbox());
  }
  return std::move(*result);
}

Step<Digest> Workbench::keep_file(const std::string& path, const std::string& file) {
  const auto entry = store_file(store(), file);
  if (!entry) return halt(entry.error());
  if (auto added = manifest_.add(job_.stage, path, *entry); !added)
    return failed(no_mode, added.error().message);
  if (outputs_.size() < subjects_max) outputs_.emplace(path, entry->digest);
  return entry->digest;
}

Step<Digest> Workbench::keep_report(const std::string& name, BytesView bytes) {
  const auto digest = Digest::of(bytes);
  if (auto put = store().put(digest, bytes); !put) return halt(put.error().at("report '" + name + "'"));
  const auto path = std::string(report_folder) + name;
  if (auto added = manifest_.add(job_.stage, path, {digest, bytes.size(), false}); !added)
    return failed(no_mode, added.error().message);
  if (outputs_.size() < subjects_max) outputs_.emplace(path, digest);
  return digest;
}

Step<void> Workbench::pause(milliseconds time) const {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, job_.cancel, time, [] { return false; });
  if (job_.cancel.stop_requested()) return halt(stopped());
  return {};
}

Result<StageOutcome> Workbench::finish(json fields, const Step<void>& done) {
  if (job_.cancel.stop_requested()) return fail(stopped());
  if (!done && std::holds_alternative<Error>(done.error())) return fail(std::get<Error>(done.error()));
  const auto log = keep_report(std::string(to_string(job_.stage)) + ".log", log_.text());
  if (!log) return fail(error_of(log.error()));
  StageOutcome outcome;
  outcome.fields = json::parse(fields.dump(-1, ' ', false, json::error_handler_t::replace));
  if (!done) {
    outcome.failure = std::get<StageFailure>(done.error());
    outcome.failure->reason = receipt_text(outcome.failure->reason);
    if (outcome.failure->evidence.empty()) outcome.failure->evidence = *log;
    return outcome;
  }
  outcome.manifest = TCPS_TRY(manifest_.store(store()));
  outcome.outputs = std::move(outputs_);
  return outcome;
}

}  // namespace tcps::stages
