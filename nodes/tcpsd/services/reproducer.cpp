#include "nodes/tcpsd/services/reproducer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "actors/ledger/store/stored_messages.h"
#include "actors/stages/common/manifest.h"
#include "actors/station/run_workspace.h"
#include "messages/canonical_json.h"
#include "messages/reply.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"

namespace tcps::node {

// The passed build of a work order, and what it was made from.
struct PassedBuild {
  uint64_t index = 0;
  Digest payload;
  proto::Receipt receipt;
  proto::WorkOrder order;
  Digest manifest_before;
};

namespace {

using nlohmann::json;
using stages::Manifest;

constexpr const char* reproduction = "reproduction";

// Empty when it is none.
Digest digest_of(const std::string& text) { return Digest::parse(text).value_or(Digest{}); }

// The manifest that a card hands on: none with the acceptance.
Digest manifest_of(const LineMessage& card) {
  std::string text;
  if (const auto* receipt = std::get_if<proto::Receipt>(&card.predicate)) text = receipt->manifest();
  if (const auto* dispatch = std::get_if<proto::Dispatch>(&card.predicate)) text = dispatch->manifest();
  return digest_of(text);
}

Result<PassedBuild> passed_build(ledger::LedgerStore& store, const std::string& work_order) {
  auto entries = TCPS_TRY(store.of_work_order(work_order));
  PassedBuild build;
  for (const auto& entry : entries) {
    const bool passed = entry.facets.stage == to_string(Stage::build) &&
                        ledger::receipt_status(entry.facets) == ReceiptStatus::completed;
    if (!passed && entry.facets.kind != MessageKind::acceptance) continue;
    auto message = TCPS_TRY(ledger::message_at(store, entry.index));
    if (const auto* acceptance = std::get_if<proto::Acceptance>(&message.predicate))
      build.order = acceptance->work_order();
    if (const auto* receipt = std::get_if<proto::Receipt>(&message.predicate)) {
      build.index = entry.index;
      build.payload = message.payload_digest;
      build.receipt = *receipt;
    }
  }
  if (build.receipt.stage().empty())
    return fail(ErrorCode::not_found,
                fmt::format("{} has no passed build yet: ask when it is built", work_order));
  auto card = ledger::message_of(store, digest_of(build.receipt.predecessor()));
  if (!card) return fail(card.error().at("what the build was made from"));
  build.manifest_before = manifest_of(*card);
  return build;
}

// The evidence of this node about that build, when the ledger has it.
Result<std::optional<proto::Evidence>> earlier_evidence(ledger::LedgerStore& store, const Digest& build,
                                                        const std::string& node) {
  ledger::Query query;
  query.kind = to_string(MessageKind::evidence);
  std::optional<proto::Evidence> found;
  TCPS_TRY(ledger::each_row(store, query, [&](const ledger::EntrySummary& row) -> Status {
    auto message = TCPS_TRY(ledger::message_at(store, row.index));
    const auto* evidence = std::get_if<proto::Evidence>(&message.predicate);
    if (evidence == nullptr || evidence->name() != reproduction || evidence->by() != node) return {};
    const auto& fields = evidence->fields().fields();
    const auto about = fields.find("message");
    if (about != fields.end() && about->second.string_value() == build.to_string()) found = *evidence;
    return {};
  }));
  return found;
}

// The name of the first product file that is not the same in both; empty when all are.
std::string first_difference(const Manifest& theirs, const Manifest& ours) {
  const auto a = theirs.product_files(Stage::build), b = ours.product_files(Stage::build);
  for (const auto& [path, entry] : a) {
    const auto found = b.find(path);
    if (found == b.end() || !(found->second == entry)) return path;
  }
  for (const auto& [path, entry] : b) {
    if (!a.contains(path)) return path;
  }
  return {};
}

json reply_of(const proto::Evidence& evidence, const PassedBuild& build, bool known) {
  const bool same = evidence.artifact() == build.receipt.manifest();
  json reply{{"work_order", build.receipt.work_order_id()},
             {"build", build.index},
             {"built_by", build.receipt.node()},
             {"node", evidence.by()},
             {"same", same},
             {"known", known}};
  const auto& fields = evidence.fields().fields();
  if (auto files = fields.find("files"); files != fields.end())
    reply["files"] = static_cast<uint64_t>(files->second.number_value());
  if (auto differs = fields.find("differs"); differs != fields.end())
    reply["differs"] = differs->second.string_value();
  return reply;
}

}  // namespace

Result<std::shared_ptr<Reproducer>> Reproducer::start(ReproducerConfig config) {
  std::shared_ptr<Reproducer> reproducer(new Reproducer(std::move(config)));
  reproducer->worker_ = std::make_unique<ThreadPool>(1);
  const auto& c = reproducer->config_;
  auto requests =
      TCPS_TRY(c.bus->subscribe(replica_subject(c.line, c.node, "reproduce"), "",
                                [self = reproducer.get()](bus::Message message) { self->take(message); }));
  reproducer->requests_ = std::move(requests);
  return reproducer;
}

Reproducer::~Reproducer() {
  stop();
  requests_.reset();
  worker_.reset();
}

void Reproducer::stop() { stop_.request_stop(); }

// On a thread of the bus.
void Reproducer::take(const bus::Message& message) {
  if (message.reply_to.empty()) return;
  const auto reply = [this, to = message.reply_to](const Result<json>& answered) {
    const json body = answered ? *answered : error_reply(answered.error());
    config_.bus->send(to, body.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  if (busy_.exchange(true))
    return reply(fail(ErrorCode::full, "this node makes another build again: ask later"));
  worker_->post([this, reply, request = message.payload] {
    reply(answer(request));
    busy_ = false;
  });
}

Result<json> Reproducer::answer(const Bytes& request) {
  auto parsed = TCPS_TRY(parse_json(request, 4));
  const auto id = parsed.is_object() ? parsed.find("work_order") : parsed.end();
  if (id == parsed.end() || !id->is_string() || !WorkOrderId::parse(id->get<std::string>()))
    return fail(ErrorCode::invalid, "reproduce: name a work_order");
  const auto work_order = id->get<std::string>();
  auto made = reproduce(work_order);
  if (!made)
    spdlog::warn("line {}: the build of {} could not be made again: {}", config_.line.str(), work_order,
                 made.error().message);
  return made;
}

// What the other build made. Refused when that is nothing to compare with.
Result<Manifest> Reproducer::manifest_of_build(const PassedBuild& build) {
  auto made = Manifest::load(*config_.workshop.artifacts, digest_of(build.receipt.manifest()));
  if (made && made->product_files(Stage::build).empty())
    return fail(ErrorCode::refused, fmt::format("the build of {} made nothing that could be compared",
                                                build.receipt.work_order_id()));
  return made;
}

Result<StageOutcome> Reproducer::build_again(const PassedBuild& build) {
  auto work = TCPS_TRY(config_.standard_works->get(digest_of(build.receipt.standard_work())));
  const station::RunWorkspace workspace(std::filesystem::path(config_.workspace_root) /
                                        (build.receipt.work_order_id() + "-reproduce"));
  Job job;
  job.stage = Stage::build;
  job.attempt = build.receipt.attempt();
  job.line = config_.line;
  job.work_order = build.order;
  job.version = build.receipt.version();
  job.predecessor = digest_of(build.receipt.predecessor());
  job.manifest = build.manifest_before;
  job.standard_work = work;
  job.workspace = workspace.path().string();
  job.time_left = work->stage(Stage::build).slo;
  job.cancel = stop_.get_token();
  auto outcome = config_.procedures(Stage::build, *work)->run(job, config_.workshop);
  if (stop_.stop_requested()) return fail(ErrorCode::unavailable, "this node is stopping: ask another");
  return outcome;
}

// What this node has to say about the build, now that it made it too.
Result<proto::Evidence> Reproducer::compare(const PassedBuild& build, const Manifest& theirs,
                                            const StageOutcome& outcome) {
  proto::Evidence evidence;
  evidence.set_name(reproduction);
  evidence.set_by(config_.node.str());
  auto& fields = *evidence.mutable_fields()->mutable_fields();
  fields["message"].set_string_value(build.payload.to_string());
  if (outcome.failure) {
    evidence.set_artifact(outcome.failure->evidence.empty() ? "" : outcome.failure->evidence.to_string());
    fields["differs"].set_string_value("the build fails here: " + outcome.failure->reason);
    return evidence;
  }
  auto ours = TCPS_TRY(Manifest::load(*config_.workshop.artifacts, outcome.manifest));
  const auto differs = first_difference(theirs, ours);
  evidence.set_artifact(differs.empty() ? build.receipt.manifest() : outcome.manifest.to_string());
  fields["files"].set_number_value(static_cast<double>(ours.product_files(Stage::build).size()));
  if (!differs.empty()) fields["differs"].set_string_value(differs);
  return evidence;
}

Result<json> Reproducer::reproduce(const std::string& work_order) {
  auto build = TCPS_TRY(passed_build(*config_.store, work_order));
  if (build.receipt.node() == config_.node.str())
    return fail(ErrorCode::refused,
                fmt::format("{} was built by {} itself: ask another node", work_order, config_.node.str()));
  auto earlier = TCPS_TRY(earlier_evidence(*config_.store, build.payload, config_.node.str()));
  if (earlier) return reply_of(*earlier, build, true);
  auto theirs = TCPS_TRY(manifest_of_build(build));
  auto outcome = TCPS_TRY(build_again(build));
  auto evidence = TCPS_TRY(compare(build, theirs, outcome));
  auto published = TCPS_TRY(config_.publish(evidence));
  auto reply = reply_of(evidence, build, false);
  reply["sequence"] = published.sequence;
  return reply;
}

}  // namespace tcps::node
