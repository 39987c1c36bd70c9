#include "actors/stages/generate/generate_procedure.h"

#include "actors/stages/knowledge/engine_room.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps {
namespace {

using namespace stages;

class GenerateRun {
 public:
  explicit GenerateRun(Workbench& bench) : bench_(bench), room_(bench) {}

  Step<void> work() {
    TCPS_TRY(room_.open(true));
    auto job = TCPS_TRY(make_job());
    auto answer = TCPS_TRY(room_.ask(job));
    fields_ = std::move(answer.fields);
    Digest report;
    for (const auto& output : answer.outputs) {
      const auto kept = TCPS_TRY(room_.keep(output));
      if (output == shacl_report_file) report = kept;
    }
    if (!answer.finding) return {};
    const bool is_violation = answer.finding->mode == FailureMode::shacl_violation;
    return fail_with(bench_, *answer.finding, is_violation ? report : Digest{});
  }

  nlohmann::json fields() const { return fields_; }

 private:
  Step<GenerateJob> make_job() const {
    const auto& knowledge = *bench_.work().knowledge;
    auto ontology = TCPS_TRY(room_.find(knowledge.ontology));
    auto shapes = TCPS_TRY(room_.find(knowledge.shapes));
    return GenerateJob{std::move(ontology), std::move(shapes), knowledge.iterations};
  }

  Workbench& bench_;
  EngineRoom room_;
  nlohmann::json fields_ = nlohmann::json::object();
};

class GenerateProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    if (!job.standard_work->knowledge)
      return without_ontology(job, {"ontology", "shacl_validation", "determinism"});
    return run_stage<GenerateRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_generate_procedure() { return std::make_unique<GenerateProcedure>(); }

}  // namespace tcps
