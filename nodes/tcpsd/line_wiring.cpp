#include "nodes/tcpsd/line_wiring.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <mutex>

#include "actors/ledger/replication/replica_actor.h"
#include "actors/ledger/store/stored_messages.h"
#include "actors/line/following/line_actor.h"
#include "actors/line/intake/intake_actor.h"
#include "actors/supervisor/role_publishing.h"
#include "messages/subjects.h"
#include "nodes/tcpsd/services/query_actor.h"

namespace tcps::node {
namespace {

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// What became of a work order, for those who send its demand again.
nlohmann::json describe(const ledger::LedgerQueries& queries, const WorkOrderId& id) {
  auto answer = queries.answer("work-order", {{"id", id.str()}});
  if (!answer) return nlohmann::json{{"status", "unknown"}};
  nlohmann::json reply;
  for (auto field : {"status", "stage", "version", "sku", "release"}) {
    if (answer->contains(field)) reply[field] = answer->at(field);
  }
  return reply;
}

supervisor::SupervisionConfig supervision_of(const StandardWork& work, std::chrono::milliseconds ack_wait) {
  supervisor::SupervisionConfig rules;
  rules.escalate_after = work.andon.escalate_after;
  rules.stop_stage_after = work.andon.stop_stage_after;
  for (auto stage : all_stages) {
    rules.silent_card_ms[static_cast<size_t>(stage)] =
        2 * work.stage(stage).slo.count() + 2 * ack_wait.count();
  }
  return rules;
}

// What every actor is given that signs as this node, and says it on the line.
template <class Config>
Config speaking(const LineParts& parts) {
  Config config;
  config.bus = parts.node.bus;
  config.line_view = parts.log.line;
  config.line = parts.line.name;
  config.stream = parts.stream;
  config.node = parts.node.config->id;
  config.signer = parts.node.node_key.get();
  config.clock = parts.node.clock;
  return config;
}

}  // namespace

// Set by the keeper, read by intake.
class BucketsInForce {
 public:
  void set(line::SourceBuckets buckets) {
    std::lock_guard lock(mutex_);
    buckets_ = std::move(buckets);
  }
  line::SourceBuckets get() const {
    std::lock_guard lock(mutex_);
    return buckets_;
  }

 private:
  mutable std::mutex mutex_;
  line::SourceBuckets buckets_;
};

LineWiring::LineWiring(LineParts parts)
    : parts_(std::move(parts)),
      standard_works_(std::make_shared<stages::StandardWorkCache>(parts_.artifacts)),
      sweeper_(std::make_shared<ArtifactSweeper>(
          ArtifactSweeperConfig{parts_.line.name, parts_.log.store, parts_.log.line, parts_.artifacts,
                                standard_works_, parts_.node.clock, parts_.node.config->ack_wait})),
      buckets_(std::make_shared<BucketsInForce>()) {}

void LineWiring::set_buckets(const StandardWork& work) {
  line::SourceBuckets sources;
  for (const auto& [source, demand] : work.demand) sources[source] = demand.bucket;
  buckets_->set(std::move(sources));
}

Spawn<line::ReplicaActor> LineWiring::replica() const {
  const auto& node = parts_.node;
  auto config = speaking<ledger::ReplicaActorConfig>(parts_);
  config.store = parts_.log.store;
  config.folder = parts_.log.folder;
  config.epoch = parts_.epoch;
  config.checkpoint_interval = node.config->checkpoint_interval;
  return [system = node.system, config] { return ledger::spawn_replica(*system, config); };
}

Spawn<line::LineActor> LineWiring::line(const line::ReplicaActor& replica) const {
  const auto& node = parts_.node;
  line::LineActorConfig config;
  config.bus = node.bus;
  config.executor = node.crypto;
  config.line = parts_.log.line;
  config.memo = parts_.log.memo;
  config.stream = parts_.stream;
  config.follow_from = parts_.log.follow_from;
  config.replica = replica;
  return [system = node.system, config] { return line::spawn_line(*system, config); };
}

Spawn<line::VerdictAsker> LineWiring::query(const line::LineActor& line) const {
  const auto& node = parts_.node;
  QueryConfig config;
  config.bus = node.bus;
  config.executor = parts_.query_executor;
  config.queries = parts_.queries;
  config.retention = [sweeper = sweeper_](const nlohmann::json& request) { return sweeper->answer(request); };
  config.line = parts_.line.name;
  config.line_actor = line;
  config.node = node.config->id;
  config.started_unix_ms = node.clock->unix_ms();
  return [system = node.system, config] { return spawn_query(*system, config); };
}

Spawn<line::VerdictAsker> LineWiring::intake(const line::LineActor& line) const {
  const auto& node = parts_.node;
  auto config = speaking<line::IntakeConfig>(parts_);
  config.executor = node.crypto;
  config.line_actor = line;
  config.queued_max = node.config->intake_queued_max;
  config.buckets = [buckets = buckets_] { return buckets->get(); };
  config.describe = [queries = parts_.queries](const WorkOrderId& id) { return describe(*queries, id); };
  return [system = node.system, config] { return line::spawn_intake(*system, config); };
}

supervisor::RoleConfig LineWiring::role(const line::LineActor& line) const {
  const auto& node = parts_.node;
  auto config = speaking<supervisor::RoleConfig>(parts_);
  config.executor = node.crypto;
  config.peers = parts_.peers;
  config.standard_works = standard_works_;
  config.stream_has_room = stream_has_room_;
  config.line_actor = line;
  return config;
}

Spawn<line::Watcher> LineWiring::planner(const line::LineActor& line) const {
  return [system = parts_.node.system, config = role(line)] {
    return supervisor::spawn_planner(*system, config);
  };
}

Spawn<line::Watcher> LineWiring::supervisor(const line::LineActor& line, const StandardWork& work) const {
  const auto& settings = *parts_.node.config;
  supervisor::SupervisorConfig config;
  config.role = role(line);
  config.rules = supervision_of(work, settings.ack_wait);
  config.trim_interval = settings.trim_interval;
  config.replica_silence_max = settings.replica_silence_max;
  config.sweep_interval = settings.sweep_interval;
  config.sweep_artifacts = [executor = parts_.query_executor, sweeper = sweeper_, name = parts_.line.name] {
    executor->post([sweeper, name] {
      auto swept = sweeper->sweep();
      if (!swept) spdlog::warn("line {}: sweep of artifacts: {}", name.str(), swept.error().message);
    });
  };
  config.find_bytes = [store = parts_.log.store](const Digest& payload) -> Result<Bytes> {
    auto index = TCPS_TRY(store->find_payload(payload));
    auto entry = TCPS_TRY(store->entry(index));
    return entry.envelope();
  };
  return [system = parts_.node.system, config] { return supervisor::spawn_supervisor(*system, config); };
}

Workshop LineWiring::workshop() const {
  auto workshop = parts_.node.workshop;
  workshop.artifacts = parts_.artifacts.get();
  workshop.log = [bus = parts_.node.bus, name = parts_.line.name](const std::string& work_order,
                                                                  std::string_view text) {
    if (auto id = WorkOrderId::parse(work_order)) bus->send(log_subject(name, *id), text);
  };
  return workshop;
}

std::string station_name(Stage stage, const StandardWork& work) {
  return "station-" + consumer_name(stage, work.stage(stage).pool);
}

Spawn<station::StationActor> LineWiring::station(Stage stage, const StandardWork& work,
                                                 const line::LineActor& line,
                                                 const line::ReplicaActor& replica) const {
  const auto& node = parts_.node;
  const auto& orders = work.stage(stage);
  station::StationConfig config;
  config.desk.stage = stage;
  config.desk.workers = static_cast<int>(orders.workers);
  config.desk.ack_wait_ms = node.config->ack_wait.count();
  config.desk.slo_ms = orders.slo.count();
  config.desk.wait_certified = stage == Stage::publish;
  if (auto following = next_stage(stage))
    config.desk.downstream_cards_max = std::max<size_t>(8, 4 * work.stage(*following).wip);
  config.consumer = {parts_.stream, consumer_name(stage, orders.pool),
                     work_filter(parts_.line.name, stage, orders.pool), node.config->ack_wait,
                     static_cast<int>(orders.wip)};
  auto means = std::make_shared<station::StationMeans>();
  means->stage = stage;
  means->seal = {parts_.line.name, parts_.log.line->read([](const auto& state) { return state.genesis(); }),
                 node.config->id, node.node_key.get()};
  means->procedure = node.procedures(stage, work);
  means->workshop = workshop();
  means->standard_works = standard_works_;
  means->line = parts_.log.line;
  means->find_message = [store = parts_.log.store](const Digest& payload) {
    return ledger::message_of(*store, payload);
  };
  means->clock = node.clock;
  means->workspace_root = node.config->data_folder + "/work";
  config.means = means;
  config.bus = node.bus;
  config.crypto = node.crypto;
  config.workers = std::make_shared<ThreadPool>(orders.workers);
  config.line = line;
  config.replica = replica;
  return [system = node.system, config] { return station::spawn_station(*system, config); };
}

Result<std::shared_ptr<Reproducer>> LineWiring::start_reproducer(const line::LineActor& line) const {
  const auto& node = parts_.node;
  const auto& worked = parts_.line.stages;
  if (std::find(worked.begin(), worked.end(), Stage::build) == worked.end()) return nullptr;
  ReproducerConfig config;
  config.bus = node.bus;
  config.line = parts_.line.name;
  config.node = node.config->id;
  config.store = parts_.log.store;
  config.standard_works = standard_works_;
  config.workshop = workshop();
  config.workspace_root = node.config->data_folder + "/work";
  config.procedures = node.procedures;
  config.publish = [role = role(line)](proto::Evidence evidence) {
    *evidence.mutable_log() = supervisor::event_origin(role);
    auto answered = std::make_shared<std::promise<Result<bus::PublishAck>>>();
    auto answer = answered->get_future();
    supervisor::publish(role, evidence,
                        [answered](Result<bus::PublishAck> ack) { answered->set_value(std::move(ack)); });
    return answer.get();
  };
  return Reproducer::start(std::move(config));
}

line::Heartbeat LineWiring::heartbeat(int64_t started_unix_ms) const {
  line::Heartbeat beat;
  beat.node = parts_.node.config->id.str();
  beat.version = TCPS_VERSION;
  beat.started_unix_ms = started_unix_ms;
  beat.pid = getpid();
  beat.folded = parts_.log.line->read([](const line::LineState& state) { return state.position(); });
  auto next = parts_.log.store->head().next.sequence;
  beat.synced = next == 0 ? 0 : next - 1;
  for (auto stage : parts_.line.stages) beat.stages.emplace_back(to_string(stage));
  beat.pools = parts_.line.pools;
  beat.resident_bytes = resident_bytes();
  return beat;
}

}  // namespace tcps::node
