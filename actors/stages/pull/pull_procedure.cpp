#include "actors/stages/pull/pull_procedure.h"

#include <fstream>

#include "actors/stages/knowledge/engine_room.h"
#include "actors/stages/knowledge/jobs.h"
#include "actors/stages/pull/pull_rules.h"
#include "messages/codec.h"

namespace tcps {
namespace {

using namespace stages;
using nlohmann::json;

constexpr std::string_view json_file = "work_order.json";

class PullRun {
 public:
  explicit PullRun(Workbench& bench) : bench_(bench), room_(bench), order_(bench.job().work_order) {
    const auto& demand = order_.demand();
    fields_["demand_signal"] = {
        {"source", demand.source()}, {"type", demand.type()}, {"count", demand.count()}};
    if (!demand.trend().empty()) fields_["demand_signal"]["trend"] = demand.trend();
    if (!demand.feature().empty()) fields_["demand_signal"]["feature"] = demand.feature();
    fields_["validation"] = {{"shacl_passed", false}, {"constraints_satisfied", false}};
  }

  Step<void> work() {
    if (const auto finding = check_demand(order_, bench_.work())) return fail_with(bench_, *finding);
    auto version = assign_version(order_, bench_.work(), bench_.job().highest_version);
    if (!version) return failed(no_mode, version.error().message);
    version_ = std::move(*version);
    TCPS_TRY(validate());
    fields_["outputs"] = {"pull/" + std::string(work_order_file) + "#" + order_.id(),
                          "pull/" + std::string(json_file)};
    return keep_json();
  }

  json fields() const { return fields_; }
  const std::string& version() const { return version_; }

 private:
  Step<void> validate() {
    const auto& knowledge = bench_.work().knowledge;
    const bool has_shapes = knowledge && !knowledge->work_order_shapes.empty();
    TCPS_TRY(room_.open(has_shapes));
    WorkOrderJob job{to_json(order_), {}};
    if (has_shapes) {
      auto shapes = TCPS_TRY(room_.find(knowledge->work_order_shapes));
      if (shapes.empty())
        return failed(no_mode,
                      "knowledge.work_order_shapes matches no file of the repository: correct its globs");
      job.shapes = std::move(shapes);
    }
    auto answer = TCPS_TRY(room_.ask(job));
    fields_.update(answer.fields);
    if (answer.finding) return fail_with(bench_, *answer.finding);
    for (const auto& output : answer.outputs) {
      TCPS_TRY(room_.keep(output));
    }
    return {};
  }

  // The work order as accepted, with the version that it was given.
  Step<void> keep_json() {
    auto value = to_json(order_);
    value["version"] = version_;
    const auto file = bench_.folder(std::string(json_file));
    std::ofstream out(file, std::ios::binary);
    out << value.dump(1, ' ', false, json::error_handler_t::replace) << '\n';
    out.close();
    if (!out) return halt({ErrorCode::io, "cannot write '" + file + "': make room on the disk"});
    TCPS_TRY(bench_.keep_file(std::string(json_file), file));
    return {};
  }

  Workbench& bench_;
  EngineRoom room_;
  const proto::WorkOrder& order_;
  json fields_ = json::object();
  std::string version_;
};

class PullProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    auto bench = TCPS_TRY(Workbench::open(job, workshop));
    PullRun run(*bench);
    const auto done = run.work();
    auto outcome = bench->finish(run.fields(), done);
    if (outcome && !outcome->failure) outcome->version = run.version();
    return outcome;
  }
};

}  // namespace

std::unique_ptr<Procedure> make_pull_procedure() { return std::make_unique<PullProcedure>(); }

}  // namespace tcps
