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
    auto job = make_job();
    if (!job) return tl::unexpected<Halt>(job.error());
    auto answer = room_.ask(*job);
    if (!answer) return tl::unexpected<Halt>(answer.error());
    fields_ = std::move(answer->fields);
    Digest report;
    for (const auto& output : answer->outputs) {
      const auto kept = room_.keep(output);
      if (!kept) return tl::unexpected<Halt>(kept.error());
      if (output == shacl_report_file) report = *kept;
    }
    if (!answer->finding) return {};
    const bool is_violation = answer->finding->mode == FailureMode::shacl_violation;
    return fail_with(bench_, *answer->finding, is_violation ? report : Digest{});
  }

  nlohmann::json fields() const { return fields_; }

 private:
  Step<GenerateJob> make_job() const {
    const auto& knowledge = *bench_.work().knowledge;
    auto ontology = room_.find(knowledge.ontology);
    if (!ontology) return tl::unexpected<Halt>(ontology.error());
    auto shapes = room_.find(knowledge.shapes);
    if (!shapes) return tl::unexpected<Halt>(shapes.error());
    return GenerateJob{std::move(*ontology), std::move(*shapes), knowledge.iterations};
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
