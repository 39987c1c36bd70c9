#include "actors/station/card_work.h"

#include "actors/station/run_workspace.h"
#include "messages/codec.h"

namespace tcps::station {
namespace {

constexpr std::chrono::milliseconds sync_patience{1'000};

// The work order's first message. The fold runs ahead of the disk by one group at most: what it knows is
// there a moment later.
Result<LineMessage> find_acceptance(const StationMeans& means, const CardRun& run) {
  auto found = means.find_message(run.order.acceptance);
  if (found || found.error().code != ErrorCode::not_found) return found;
  if (!means.line->await_synced(run.order.accepted_position, run.stop.get_token(), sync_patience))
    return found;
  return means.find_message(run.order.acceptance);
}

StageOutcome deadline_outcome(const CardRun& run) {
  StageOutcome outcome;
  outcome.failure = StageFailure{deadline_mode(run.order.stage),
                                 "the stage's SLO of " + std::to_string(run.slo.count() / 1000) +
                                     " s has passed: see the live log for what it was doing",
                                 {}};
  return outcome;
}

Result<Job> gather(const StationMeans& means, CardRun& run) {
  Job job;
  const auto& order = run.order;
  job.stage = means.stage;
  job.attempt = order.attempt;
  job.line = means.seal.line;
  job.version = order.version;
  job.predecessor = order.card;
  job.manifest = order.manifest;
  job.time_left = run.slo;
  job.cancel = run.stop.get_token();
  job.highest_version =
      means.line->read([&](const line::LineState& line) { return line.highest_version(order.sku); });
  job.standard_work = TCPS_TRY(means.standard_works->get(order.standard_work));
  auto acceptance = TCPS_TRY(find_acceptance(means, run));
  const auto* accepted = std::get_if<proto::Acceptance>(&acceptance.predicate);
  if (accepted == nullptr)
    return fail(ErrorCode::corrupt, "work order " + order.id.str() + " does not begin with an acceptance");
  job.work_order = accepted->work_order();
  return job;
}

}  // namespace

Result<SealedOutcome> work_card(const StationMeans& means, CardRun& run) {
  auto started = means.clock->unix_ms();
  auto job = TCPS_TRY(gather(means, run));
  const RunWorkspace workspace(std::filesystem::path(means.workspace_root) /
                               (run.order.id.str() + "-" + std::string(to_string(means.stage)) + "-" +
                                run.order.card.hex().substr(0, 12)));
  job.workspace = workspace.path().string();
  auto outcome = means.procedure->run(job, means.workshop);
  if (run.stop.stop_requested()) {
    if (!run.deadline) return fail(ErrorCode::unavailable, "the run was stopped");
    outcome = deadline_outcome(run);
  }
  if (!outcome) return fail(outcome.error());
  auto following = next_stage(means.stage);
  const Pool pool = following ? job.standard_work->stage(*following).pool : Pool{};
  return seal_outcome(means.seal, job, *outcome, run.order.digest, pool, started, means.clock->unix_ms());
}

}  // namespace tcps::station
