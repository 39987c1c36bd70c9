#include "actors/station/receipt.h"

#include <utility>

#include "messages/codec.h"
#include "messages/vocabulary.h"

namespace tcps::station {
namespace {

std::string text_of(const Digest& digest) { return digest.empty() ? std::string() : digest.to_string(); }

std::vector<StatementSubject> subjects_of(const Job& job, const StageOutcome& outcome,
                                          const Digest& work_order_digest) {
  std::vector<StatementSubject> subjects;
  for (const auto& [name, digest] : outcome.outputs) subjects.push_back({name, digest});
  if (subjects.empty()) subjects.push_back({job.work_order.id(), work_order_digest});
  return subjects;
}

}  // namespace

std::string outcome_message_id(const Digest& predecessor, Stage stage, uint32_t attempt) {
  return Digest::of_parts({predecessor.raw(), to_string(stage), std::to_string(attempt)}).hex();
}

Result<SealedOutcome> seal_outcome(const Seal& seal, const Job& job, const StageOutcome& outcome,
                                   const Digest& work_order_digest, const Pool& next_pool,
                                   int64_t started_unix_ms, int64_t ended_unix_ms) {
  proto::Receipt receipt;
  *receipt.mutable_log() = line::log_origin(seal.line, seal.genesis);
  const std::string stage(to_string(job.stage));
  const std::string& id = job.work_order.id();
  receipt.set_receipt_id(stage + "-" + id + "-" + std::to_string(job.attempt));
  receipt.set_stage(stage);
  receipt.set_timestamp(to_iso8601(ended_unix_ms));
  receipt.set_work_order_id(id);
  receipt.set_work_order_digest(work_order_digest.to_string());
  receipt.set_attempt(job.attempt);
  receipt.set_predecessor(job.predecessor.to_string());
  receipt.set_node(seal.node.str());
  receipt.set_standard_work(text_of(job.standard_work->digest));
  receipt.set_started_at(to_iso8601(started_unix_ms));
  receipt.set_ended_at(to_iso8601(ended_unix_ms));
  receipt.set_sku(job.work_order.sku());
  receipt.set_version(job.stage == Stage::pull ? outcome.version : job.version);
  for (const auto& [name, value] : outcome.fields.items()) {
    if (proto::Receipt::descriptor()->FindFieldByName(name) == nullptr) continue;
    return fail(ErrorCode::invalid,
                "the stage field '" + name + "' has the name of a field of every receipt: rename it");
  }
  if (auto status = from_json(outcome.fields, *receipt.mutable_stage_fields()); !status)
    return fail(status.error().at("stage field"));
  if (outcome.failure) {
    if (const auto mode = outcome.failure->mode; mode && stage_of(*mode) != job.stage) {
      return fail(ErrorCode::invalid, std::string(to_string(*mode)) + " is no failure mode of stage " +
                                          stage + ": use one of the stage's table");
    }
    receipt.set_status(std::string(to_string(ReceiptStatus::failed)));
    auto& failure = *receipt.mutable_failure();
    if (const auto mode = outcome.failure->mode) failure.set_mode(std::string(to_string(*mode)));
    failure.set_reason(outcome.failure->reason);
    failure.set_evidence(text_of(outcome.failure->evidence));
    if (job.stage == Stage::pull) receipt.clear_version();
  } else {
    receipt.set_status(std::string(to_string(ReceiptStatus::completed)));
    receipt.set_manifest(text_of(outcome.manifest));
    if (auto following = next_stage(job.stage)) {
      receipt.mutable_next()->set_stage(std::string(to_string(*following)));
      receipt.mutable_next()->set_pool(next_pool.str());
      receipt.set_next_stage(std::string(to_string(*following)));
    }
  }
  return line::seal_predicate(seal.line, receipt, subjects_of(job, outcome, work_order_digest),
                              outcome_message_id(job.predecessor, job.stage, job.attempt), *seal.signer);
}

}  // namespace tcps::station
