#include "nodes/tcpsd/keeper_actor.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <caf/all.hpp>
#include <fstream>
#include <future>

#include "actors/ledger/replication/replica_actor.h"
#include "actors/ledger/store/stored_messages.h"
#include "actors/line/intake/intake_actor.h"
#include "actors/supervisor/role_publishing.h"
#include "actors/supervisor/supervisor_actor.h"
#include "messages/subjects.h"
#include "nodes/tcpsd/services/artifact_sweeper.h"
#include "nodes/tcpsd/services/query_actor.h"
#include "nodes/tcpsd/services/reproducer.h"

namespace tcps::node {
namespace {

bool changes_what_is_worked(const line::FoldBatch& batch) {
  using enum line::ChangeKind;
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const line::Change& change) {
    return change.kind == product_changed || change.kind == keys_changed;
  });
}

struct KeeperTick {};
struct RestartChild {
  std::string name;
};
struct StandardWorkReady {
  std::shared_ptr<const StandardWork> work;
  std::string reason;
};
struct GraceOver {};

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace
}  // namespace tcps::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::KeeperTick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::RestartChild)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::StandardWorkReady)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::GraceOver)

namespace tcps::node {

struct KeeperState {
  static inline const char* name = "keeper";
  using Self = caf::stateful_actor<KeeperState>;

  struct Child {
    caf::actor handle;  // null while it waits to be restarted
    std::function<caf::actor()> spawn;
    std::vector<int64_t> restarts_ms;
    bool essential = false;  // its end fails the node
  };

  KeeperConfig config;
  std::map<std::string, Child> children;
  caf::actor ledger;
  caf::actor line;
  std::shared_ptr<stages::StandardWorkCache> standard_works;
  std::shared_ptr<ArtifactSweeper> sweeper;
  std::shared_ptr<Reproducer> reproducer;
  std::shared_ptr<const StandardWork> standard_work;  // of the product in force
  std::string standard_work_asked;
  std::shared_ptr<std::atomic<bool>> stream_has_room = std::make_shared<std::atomic<bool>>(true);
  std::shared_ptr<line::SourceBuckets> buckets =
      std::make_shared<line::SourceBuckets>(line::standard_source_buckets());
  std::unique_ptr<bus::Subscription> heartbeats;
  int64_t started_unix_ms = 0;
  int64_t registered_ms = -1;
  bool roles_started = false;
  bool stopping = false;

  int64_t now() const { return config.node.clock->boot_ms(); }
  const std::string& key_id() const { return own_key_id; }
  std::string own_key_id;

  // ---- children

  caf::actor add(Self* self, const std::string& child_name, std::function<caf::actor()> spawn,
                 bool essential = false) {
    auto& child = children[child_name];
    child.spawn = std::move(spawn);
    child.essential = essential;
    child.handle = child.spawn();
    self->monitor(child.handle);
    return child.handle;
  }

  void down(Self* self, const caf::down_msg& message) {
    for (auto& [child_name, child] : children) {
      if (!child.handle || child.handle.address() != message.source) continue;
      child.handle = nullptr;
      ended(self, child_name, child, message.reason);
      break;
    }
    if (stopping) finish_stop(self);
  }

  void ended(Self* self, const std::string& child_name, Child& child, const caf::error& reason) {
    if (stopping || !reason) return;
    auto text = child_name + " of line " + config.line.name.str() + " ended: " + caf::to_string(reason);
    std::erase_if(child.restarts_ms, [&](int64_t at) { return now() - at > 60'000; });
    if (child.essential || child.restarts_ms.size() >= static_cast<size_t>(restarts_max)) {
      config.node.fail(text);
      return;
    }
    spdlog::error("{}: it is started again", text);
    auto delay = std::chrono::milliseconds(100 << child.restarts_ms.size());
    child.restarts_ms.push_back(now());
    self->delayed_send(self, delay, RestartChild{child_name});
  }

  void restart(Self* self, const std::string& child_name) {
    auto found = children.find(child_name);
    if (stopping || found == children.end() || found->second.handle) return;
    found->second.handle = found->second.spawn();
    self->monitor(found->second.handle);
  }

  // ---- starting

  void start_log(Self* self) {
    const auto& node = config.node;
    ledger::LedgerActorConfig ledger_config;
    ledger_config.store = config.log.store;
    ledger_config.folder = config.log.folder;
    ledger_config.bus = node.bus;
    ledger_config.line = config.line.name;
    ledger_config.stream = config.stream;
    ledger_config.node = node.config->id;
    ledger_config.signer = node.node_key.get();
    ledger_config.clock = node.clock;
    ledger_config.line_view = config.log.line;
    ledger_config.epoch = config.epoch;
    ledger_config.checkpoint_interval = node.config->checkpoint_interval;
    ledger = add(
        self, "ledger", [self, ledger_config] { return ledger::spawn_ledger(self->system(), ledger_config); },
        true);
    line::LineActorConfig line_config;
    line_config.bus = node.bus;
    line_config.executor = node.crypto;
    line_config.line = config.log.line;
    line_config.memo = config.log.memo;
    line_config.stream = config.stream;
    line_config.follow_from = config.log.follow_from;
    line_config.ledger = ledger;
    line = add(
        self, "line", [self, line_config] { return line::spawn_line(self->system(), line_config); }, true);
    self->send(line, line::Watch{self, changes_what_is_worked});
  }

  void start_services(Self* self) {
    const auto& node = config.node;
    auto retention = [sweeper = sweeper](const nlohmann::json& request) { return sweeper->answer(request); };
    QueryConfig query{node.bus, config.query_executor, config.queries,       retention, config.line.name,
                      line,     node.config->id,       node.clock->unix_ms()};
    add(self, "query", [self, query] { return spawn_query(self->system(), query); });
    auto subscription = node.bus->subscribe(heartbeat_wildcard(config.line.name), "",
                                            [peers = config.peers, clock = node.clock](bus::Message message) {
                                              if (auto beat = line::Heartbeat::parse(message.payload)) {
                                                peers->heard(std::move(*beat), clock->boot_ms());
                                              }
                                            });
    if (subscription) heartbeats = std::move(*subscription);
  }

  void start_intake(Self* self) {
    const auto& node = config.node;
    line::IntakeConfig intake;
    intake.bus = node.bus;
    intake.executor = node.crypto;
    intake.line_view = config.log.line;
    intake.line = config.line.name;
    intake.stream = config.stream;
    intake.node = node.config->id;
    intake.signer = node.node_key.get();
    intake.clock = node.clock;
    intake.line_actor = line;
    intake.queued_max = node.config->intake_queued_max;
    intake.buckets = [buckets = buckets] { return *std::atomic_load(&buckets); };
    intake.describe = [queries = config.queries](const WorkOrderId& id) {
      auto answer = queries->answer("work-order", {{"id", id.str()}});
      if (!answer) return nlohmann::json{{"status", "unknown"}};
      nlohmann::json reply;
      for (auto field : {"status", "stage", "version", "sku", "release"}) {
        if (answer->contains(field)) reply[field] = answer->at(field);
      }
      return reply;
    };
    add(self, "intake", [self, intake] { return line::spawn_intake(self->system(), intake); });
  }

  supervisor::RoleConfig role_config() const {
    const auto& node = config.node;
    return {node.bus,      node.crypto,     config.log.line,     config.line.name,
            config.stream, node.config->id, node.node_key.get(), node.clock,
            config.peers,  standard_works,  stream_has_room,     line};
  }

  void start_roles(Self* self) {
    auto role = role_config();
    add(self, "planner", [self, role] { return supervisor::spawn_planner(self->system(), role); });
    supervisor::SupervisorConfig supervisor_config;
    supervisor_config.role = role;
    supervisor_config.trim_interval = config.node.config->trim_interval;
    supervisor_config.replica_silence_max = config.node.config->replica_silence_max;
    supervisor_config.sweep_interval = config.node.config->sweep_interval;
    supervisor_config.sweep_artifacts = [executor = config.query_executor, sweeper = sweeper,
                                         line_name = config.line.name] {
      executor->post([sweeper, line_name] {
        auto swept = sweeper->sweep();
        if (!swept) spdlog::warn("line {}: sweep of artifacts: {}", line_name.str(), swept.error().message);
      });
    };
    auto& rules = supervisor_config.rules;
    rules.escalate_after = standard_work->andon.escalate_after;
    rules.stop_stage_after = standard_work->andon.stop_stage_after;
    for (auto stage : all_stages) {
      rules.silent_card_ms[static_cast<size_t>(stage)] =
          2 * standard_work->stage(stage).slo.count() + 2 * config.node.config->ack_wait.count();
    }
    supervisor_config.find_bytes = [store = config.log.store](const Digest& payload) -> Result<Bytes> {
      auto index = TCPS_TRY(store->find_payload(payload));
      auto entry = TCPS_TRY(store->entry(index));
      return entry.envelope();
    };
    add(self, "supervisor", [self, supervisor_config] {
      return supervisor::spawn_supervisor(self->system(), supervisor_config);
    });
    start_intake(self);
    start_reproducer();
    roles_started = true;
  }

  Workshop workshop() const {
    auto workshop = config.node.workshop;
    workshop.artifacts = config.artifacts.get();
    workshop.log = [bus = config.node.bus, line_name = config.line.name](const std::string& work_order,
                                                                         std::string_view text) {
      if (auto id = WorkOrderId::parse(work_order)) bus->send(log_subject(line_name, *id), text);
    };
    return workshop;
  }

  void start_reproducer() {
    const auto& node = config.node;
    const auto& worked = config.line.stages;
    if (std::find(worked.begin(), worked.end(), Stage::build) == worked.end()) return;
    auto publish = [role = role_config()](proto::Evidence evidence) {
      *evidence.mutable_log() = supervisor::event_origin(role);
      auto answered = std::make_shared<std::promise<Result<bus::PublishAck>>>();
      auto answer = answered->get_future();
      supervisor::publish(role, evidence,
                          [answered](Result<bus::PublishAck> ack) { answered->set_value(std::move(ack)); });
      return answer.get();
    };
    auto started =
        Reproducer::start({node.bus, config.line.name, node.config->id, config.log.store, standard_works,
                           workshop(), node.config->data_folder + "/work", node.procedures, publish});
    if (started) reproducer = std::move(*started);
    if (!started)
      spdlog::warn("line {}: builds are not made again here: {}", config.line.name.str(),
                   started.error().message);
  }

  void start_station(Self* self, Stage stage, const std::string& pool) {
    const auto& node = config.node;
    const auto& work = standard_work->stage(stage);
    station::StationConfig station;
    station.desk.stage = stage;
    station.desk.workers = static_cast<int>(work.workers);
    station.desk.ack_wait_ms = node.config->ack_wait.count();
    station.desk.slo_ms = work.slo.count();
    station.desk.wait_certified = stage == Stage::publish;
    if (auto following = next_stage(stage))
      station.desk.downstream_cards_max = std::max<size_t>(8, 4 * standard_work->stage(*following).wip);
    auto parsed_pool = Pool::literal(pool);
    station.consumer = {config.stream, consumer_name(stage, parsed_pool),
                        work_filter(config.line.name, stage, parsed_pool), node.config->ack_wait,
                        static_cast<int>(work.wip)};
    auto bench = std::make_shared<station::Bench>();
    bench->stage = stage;
    bench->seal = {config.line.name, config.log.line->read([](const auto& state) { return state.genesis(); }),
                   node.config->id, node.node_key.get()};
    bench->procedure = node.procedures(stage, *standard_work);
    bench->workshop = workshop();
    bench->standard_works = standard_works;
    bench->line = config.log.line;
    bench->find_message = [store = config.log.store](const Digest& payload) {
      return ledger::message_of(*store, payload);
    };
    bench->clock = node.clock;
    bench->workspace_root = node.config->data_folder + "/work";
    station.bench = bench;
    station.bus = node.bus;
    station.crypto = node.crypto;
    if (!bench->procedure->instantaneous()) station.workers = std::make_shared<ThreadPool>(work.workers);
    station.line = line;
    station.ledger = ledger;
    add(self, "station-" + consumer_name(stage, parsed_pool),
        [self, station] { return station::spawn_station(self->system(), station); });
  }

  // ---- following the product

  // Stations work by the product's standard work: a new one means new stations.
  void look(Self* self) {
    if (stopping) return;
    auto [product, granted] = config.log.line->read([&](const line::LineState& state) {
      const auto* grant = state.keys().find(own_key_id);
      return std::pair(state.product().standard_work, grant != nullptr && grant->has(line::Role::station));
    });
    if (!granted || product.empty() || product == standard_work_asked) return;
    standard_work_asked = product;
    auto digest = Digest::parse(product);
    if (!digest) return;
    config.node.crypto->post(
        [works = standard_works, digest = *digest, handle = caf::actor_cast<caf::actor>(self)] {
          auto work = works->get(digest);
          caf::anon_send(
              handle, work ? StandardWorkReady{*work, {}} : StandardWorkReady{nullptr, work.error().message});
        });
  }

  void adopt(Self* self, const StandardWorkReady& ready) {
    if (stopping) return;
    if (!ready.work) {
      spdlog::warn("line {}: the product's standard work cannot be read yet: {}", config.line.name.str(),
                   ready.reason);
      standard_work_asked.clear();  // the next tick asks again
      return;
    }
    standard_work = ready.work;
    auto sources = std::make_shared<line::SourceBuckets>(line::standard_source_buckets());
    for (const auto& [source, demand] : standard_work->demand) (*sources)[source] = demand.bucket;
    std::atomic_store(&buckets, sources);
    close_stations(self);
    for (auto stage : config.line.stages) {
      if (stage == Stage::plan) continue;
      const auto& pool = standard_work->stage(stage).pool.str();
      if (contains(config.line.pools, pool)) start_station(self, stage, pool);
    }
    if (!roles_started) start_roles(self);
    spdlog::info("line {}: works by standard work {}", config.line.name.str(),
                 standard_work->digest.hex().substr(0, 12));
  }

  void close_stations(Self* self) {
    for (auto child = children.begin(); child != children.end();) {
      if (!child->first.starts_with("station-")) {
        ++child;
        continue;
      }
      if (child->second.handle) self->send(child->second.handle, station::Close{});
      child = stopping ? std::next(child) : children.erase(child);
    }
  }

  // ---- telling that this node lives

  void tick(Self* self) {
    line::Heartbeat beat;
    beat.node = config.node.config->id.str();
    beat.version = TCPS_VERSION;
    beat.started_unix_ms = started_unix_ms;
    beat.pid = getpid();
    beat.folded = config.log.line->read([](const line::LineState& state) { return state.position(); });
    auto next = config.log.store->head().next.sequence;
    beat.synced = next == 0 ? 0 : next - 1;
    for (auto stage : config.line.stages) beat.stages.emplace_back(to_string(stage));
    beat.pools = config.line.pools;
    beat.resident_bytes = resident_bytes();
    config.node.bus->send(heartbeat_subject(config.line.name, config.node.config->id), beat.to_json().dump());
    config.peers->heard(std::move(beat), now());
    register_replica();
    look(self);
  }

  void register_replica() {
    bool due = config.log.line->read([&](const line::LineState& state) {
      const auto* grant = state.keys().find(own_key_id);
      return grant != nullptr && grant->has(line::Role::replica) &&
             !state.replicas().contains(config.node.config->id.str());
    });
    if (!due || (registered_ms >= 0 && now() - registered_ms < 5'000)) return;
    registered_ms = now();
    auto role = role_config();
    proto::ReplicaChanged message;
    *message.mutable_log() = supervisor::event_origin(role);
    message.set_node(config.node.config->id.str());
    message.set_change("added");
    supervisor::publish(role, message);
  }

  // ---- stopping

  void stop(Self* self, bool at_once) {
    if (stopping) return;
    stopping = true;
    sweeper->stop();
    if (reproducer) reproducer->stop();
    if (at_once) end_all(self);
    for (auto child_name : {"intake", "planner"}) {
      auto found = children.find(child_name);
      if (found != children.end() && found->second.handle)
        self->send_exit(found->second.handle, caf::exit_reason::user_shutdown);
    }
    close_stations(self);
    self->delayed_send(self, config.node.config->shutdown_grace, GraceOver{});
    finish_stop(self);
  }

  void finish_stop(Self* self) {
    bool stations_left = false;
    bool any_left = false;
    for (const auto& [child_name, child] : children) {
      any_left |= static_cast<bool>(child.handle);
      stations_left |= child.handle && child_name.starts_with("station-");
    }
    if (!any_left) {
      heartbeats.reset();
      self->quit();
    } else if (!stations_left) {
      end_all(self);
    }
  }

  void end_all(Self* self) {
    for (const auto& [child_name, child] : children) {
      if (child.handle) self->send_exit(child.handle, caf::exit_reason::user_shutdown);
    }
  }
};

static caf::behavior keeper_behavior(caf::stateful_actor<KeeperState>* self, KeeperConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.own_key_id = state.config.node.node_key->public_key().id().to_string();
  state.started_unix_ms = state.config.node.clock->unix_ms();
  state.standard_works = std::make_shared<stages::StandardWorkCache>(state.config.artifacts);
  state.sweeper = std::make_shared<ArtifactSweeper>(ArtifactSweeperConfig{
      state.config.line.name, state.config.log.store, state.config.log.line, state.config.artifacts,
      state.standard_works, state.config.node.clock, state.config.node.config->ack_wait});
  self->set_down_handler([self](caf::down_msg& message) { self->state.down(self, message); });
  state.start_log(self);
  state.start_services(self);
  self->send(self, KeeperTick{});
  return {
      [self](const line::FoldMoved&) { self->state.look(self); },
      [self](const KeeperTick&) {
        if (self->state.stopping) return;
        self->state.tick(self);
        self->delayed_send(self, std::chrono::milliseconds(line::heartbeat_interval_ms), KeeperTick{});
      },
      [self](const StandardWorkReady& ready) { self->state.adopt(self, ready); },
      [self](const RestartChild& child) { self->state.restart(self, child.name); },
      [self](const KeeperStop& stop) { self->state.stop(self, stop.at_once); },
      [self](const GraceOver&) { self->state.end_all(self); },
  };
}

caf::actor spawn_keeper(caf::actor_system& system, KeeperConfig config) {
  return system.spawn(keeper_behavior, std::move(config));
}

}  // namespace tcps::node
