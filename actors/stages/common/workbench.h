// What the procedures of production (build to verify) have in common during one run: the workspace, the
// sandbox, the log, the time that is left and the manifest that grows.
//
// One Workbench serves one run on one thread. It leaves nothing behind but artifacts; the workspace belongs
// to the station.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>

#include "actors/engines/sandbox/sandbox.h"
#include "actors/stages/common/manifest.h"
#include "actors/stages/common/stage_log.h"
#include "actors/stages/common/step.h"
#include "actors/stages/procedure.h"

namespace tcps::stages {

using Deadline = std::chrono::steady_clock::time_point;

// One command of line.toml, to be run in the sandbox.
struct Command {
  Argv argv;
  Environment environment;  // line.toml's own, beside that of every command
  Deadline deadline;
  std::string root_folder;  // an unpacked image to be "/"; empty: the node's operating system
  std::string working_directory = "/work";
  std::function<void(std::string_view line)> on_line;
};

// {applicable: false, reason}: how a receipt says that a field does not apply.
nlohmann::json not_applicable(std::string_view reason);

// SOURCE_DATE_EPOCH of a work order: its creation, in whole seconds; 0 when it has none.
int64_t source_date(const proto::WorkOrder& work_order);

// What every command sees beside PATH, HOME, LC_ALL and TZ: TCPS_VERSION, TCPS_SKU, TCPS_LINE,
// TCPS_WORK_ORDER, TCPS_SOURCE_DATE. The same for the same work order, whenever and wherever it is worked.
Environment standard_environment(const Job& job);

class Workbench {
 public:
  // Reads the job's manifest and makes the workspace. Errors: unavailable (no object store, no process
  // runner), io, and those of Manifest::load().
  static Result<std::unique_ptr<Workbench>> open(const Job& job, const Workshop& workshop);

  const Job& job() const { return job_; }
  const StandardWork& work() const { return *job_.standard_work; }
  const Workshop& workshop() const { return workshop_; }
  bus::ObjectStore& store() const { return *workshop_.artifacts; }
  const Manifest& manifest() const { return manifest_; }
  StageLog& log() { return log_; }

  std::string folder(const std::string& name) const { return job_.workspace + "/" + name; }
  // A little before the SLO, so that the receipt still says why; never later than `longest` from now, unless
  // that is zero.
  Deadline deadline(std::chrono::milliseconds longest = {}) const;

  // Makes folder(name): the snapshot with the files of these stages over it, in their order. A hostile path
  // is a failure without row.
  Step<std::string> lay(const std::string& name, std::initializer_list<Stage> stages);

  // Runs a command with `work_folder` as /work; its lines go to the log. A command that failed is a result,
  // one whose deadline has passed already is a timed-out result. Halts with an error when there is no sandbox
  // here, or when the run was cancelled.
  Step<ProcessResult> run(const std::string& work_folder, const Command& command);

  // Stores what this stage made and enters it into the manifest; a `product` file is also a subject of the
  // receipt.
  Step<Digest> keep_file(const std::string& path, const std::string& file);
  Step<Digest> keep_report(const std::string& name, BytesView bytes);

  // Sleeps, or halts when the run is cancelled.
  Step<void> pause(std::chrono::milliseconds time) const;

  // The outcome: everything kept, or the failure with the log as its evidence. Errors: the surroundings'
  // fault that ended the run.
  Result<StageOutcome> finish(nlohmann::json fields, const Step<void>& done);

 private:
  Workbench(const Job& job, const Workshop& workshop, Sandbox sandbox);
  Step<void> prove_sandbox();
  SandboxSpec sandbox_spec(const std::string& work_folder, const Command& command);

  const Job& job_;
  const Workshop& workshop_;
  Sandbox sandbox_;
  bool sandbox_proven_ = false;
  StageLog log_;
  Deadline end_;
  Manifest manifest_;
  std::map<std::string, Digest> outputs_;
};

// "'make -j2' ended with exit code 2: <last words>".
std::string describe_failure(const Argv& argv, const ProcessResult& result);

// run() of a procedure whose work is a class with `explicit Run(Workbench&)`, `Step<void> work()` and
// `nlohmann::json fields()`.
template <class Run>
Result<StageOutcome> run_stage(const Job& job, const Workshop& workshop) {
  auto bench = TCPS_TRY(Workbench::open(job, workshop));
  Run run(*bench);
  const auto done = run.work();
  return bench->finish(run.fields(), done);
}

}  // namespace tcps::stages
