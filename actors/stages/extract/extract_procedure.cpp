#include "actors/stages/extract/extract_procedure.h"

#include "actors/stages/knowledge/engine_room.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps {
namespace {

using namespace stages;

class ExtractRun {
 public:
  explicit ExtractRun(Workbench& bench) : bench_(bench), room_(bench) {}

  Step<void> work() {
    TCPS_TRY(room_.open(true));
    TCPS_TRY(room_.lay(Stage::generate, std::string(ontology_file)));
    auto answer = TCPS_TRY(room_.ask(make_job()));
    fields_ = std::move(answer.fields);
    if (fields_.contains("queries_executed")) {
      fields_["queries_executed"] = bounded_list(fields_["queries_executed"]);
    }
    if (answer.finding) return fail_with(bench_, *answer.finding);
    for (const auto& output : answer.outputs) {
      TCPS_TRY(room_.keep(output));
    }
    return {};
  }

  nlohmann::json fields() const { return fields_; }

 private:
  ExtractJob make_job() const {
    ExtractJob job;
    for (const auto& query : bench_.work().queries) {
      if (!serves(query.features, bench_.job().work_order.demand().feature())) continue;
      job.queries.push_back({query.name, query.file, query.schema, query.timeout.count(), query.allow_empty});
    }
    return job;
  }

  Workbench& bench_;
  EngineRoom room_;
  nlohmann::json fields_ = nlohmann::json::object();
};

class ExtractProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    if (!job.standard_work->knowledge) {
      return without_ontology(job, {"queries_executed", "total_execution_time_ms", "validation"});
    }
    return run_stage<ExtractRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_extract_procedure() { return std::make_unique<ExtractProcedure>(); }

}  // namespace tcps
