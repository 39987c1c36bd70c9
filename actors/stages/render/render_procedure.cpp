#include "actors/stages/render/render_procedure.h"

#include <set>

#include "actors/stages/knowledge/engine_room.h"
#include "actors/stages/knowledge/jobs.h"
#include "messages/iso8601.h"

namespace tcps {
namespace {

using namespace stages;
using nlohmann::json;

constexpr std::string_view list_report = "templates.json";

// What every template sees beside its queries. `now` is what Tera's now() answers: no clock is read.
json context_of(const Job& job) {
  const auto& order = job.work_order;
  const auto& work = *job.standard_work;
  const auto date = to_iso8601(source_date(order) * 1000);
  return {
      {"product",
       {{"name", work.line.str()}, {"sku", order.sku()}, {"version", job.version}, {"title", work.title}}},
      {"work_order",
       {{"id", order.id()},
        {"title", order.title()},
        {"bucket", order.bucket()},
        {"priority", order.priority()},
        {"feature", order.demand().feature()}}},
      {"sku", order.sku()},
      {"version", job.version},
      {"line", work.line.str()},
      {"source_date", date},
      {"now", date}};
}

class RenderRun {
 public:
  explicit RenderRun(Workbench& bench) : bench_(bench), room_(bench) {}

  Step<void> work() {
    TCPS_TRY(room_.open(true));
    const auto job = make_job();
    TCPS_TRY(lay_rows(job));
    auto answer = TCPS_TRY(room_.ask(job));
    fields_ = std::move(answer.fields);
    TCPS_TRY(shorten_list());
    if (answer.finding) return fail_with(bench_, *answer.finding);
    for (const auto& output : answer.outputs) {
      TCPS_TRY(room_.keep(output));
    }
    return {};
  }

  json fields() const { return fields_; }

 private:
  RenderJob make_job() const {
    RenderJob job;
    job.template_folder = bench_.work().template_folder;
    job.context = context_of(bench_.job());
    for (const auto& work : bench_.work().templates) {
      if (!serves(work.features, bench_.job().work_order.demand().feature())) continue;
      job.templates.push_back({work.file, work.output, work.for_each, work.data, work.marker, work.comment});
    }
    return job;
  }

  Step<void> lay_rows(const RenderJob& job) {
    std::set<std::string> names;
    for (const auto& work : job.templates) {
      names.insert(work.data.begin(), work.data.end());
      if (!work.for_each.empty()) names.insert(work.for_each);
    }
    for (const auto& name : names) {
      TCPS_TRY(room_.lay(Stage::extract, rows_file(name)));
    }
    return {};
  }

  // The whole list is a report; the receipt holds what fits.
  Step<void> shorten_list() {
    if (!fields_.contains("templates_rendered")) return {};
    auto& list = fields_["templates_rendered"];
    const auto text = list.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
    TCPS_TRY(bench_.keep_report(std::string(list_report), text));
    list = bounded_list(list);
    return {};
  }

  Workbench& bench_;
  EngineRoom room_;
  json fields_ = json::object();
};

class RenderProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    if (!job.standard_work->knowledge) return without_ontology(job, {"templates_rendered", "verification"});
    return run_stage<RenderRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_render_procedure() { return std::make_unique<RenderProcedure>(); }

}  // namespace tcps
