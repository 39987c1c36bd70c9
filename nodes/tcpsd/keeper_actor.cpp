#include "nodes/tcpsd/keeper_actor.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>
#include <type_traits>

#include "actors/runtime/restart_policy.h"
#include "actors/station/station_actor.h"
#include "actors/supervisor/role_publishing.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"
#include "nodes/tcpsd/shutdown_order.h"

namespace tcps::node {
namespace {

bool changes_what_is_worked(const line::FoldBatch& batch) {
  using enum line::ChangeKind;
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const line::Change& change) {
    return change.kind == product_changed || change.kind == keys_changed;
  });
}

constexpr int64_t registration_interval_ms = 5'000;

using ChildId = uint64_t;

struct KeeperTick {};
struct RestartChild {
  ChildId id;
};
struct StandardWorkReady {
  std::shared_ptr<const StandardWork> work;
  std::string reason;
};
struct GraceOver {};

}  // namespace
}  // namespace tcps::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::KeeperTick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::RestartChild)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::StandardWorkReady)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::GraceOver)

namespace tcps::node {

// With what the keeper hears of the line, and tells itself.
using KeeperShell = KeeperActor::extend<caf::reacts_to<line::FoldMoved>, caf::reacts_to<KeeperTick>,
                                        caf::reacts_to<StandardWorkReady>, caf::reacts_to<RestartChild>,
                                        caf::reacts_to<GraceOver>>;

struct KeeperState {
  static inline const char* name = "keeper";
  using Self = KeeperShell::stateful_base<KeeperState>;

  struct Child {
    std::string name;
    ChildKind kind;
    std::function<caf::strong_actor_ptr()> spawn;
    RestartPolicy restarts;
    // of an actor of any kind, which can be watched and ended; null while it waits to be started again
    caf::strong_actor_ptr handle;
    bool retired = false;  // it finishes what it has, and is not started again
  };

  std::unique_ptr<LineWiring> wiring;
  std::map<ChildId, Child> children;
  ChildId next_child = 1;
  ShutdownOrder shutdown;
  line::ReplicaActor replica;
  line::LineActor line;
  std::shared_ptr<Reproducer> reproducer;
  std::shared_ptr<const StandardWork> standard_work;  // of the product in force
  std::string standard_work_asked;
  std::unique_ptr<bus::Subscription> heartbeats;
  std::string key_id;
  int64_t started_unix_ms = 0;
  int64_t registered_ms = -1;
  bool roles_started = false;

  const LineParts& parts() const { return wiring->parts(); }
  const NodeContext& node() const { return parts().node; }
  const LineName& line_name() const { return parts().line.name; }
  int64_t now() const { return node().clock->boot_ms(); }

  // ---- children

  template <ChildKind kind, class Handle>
  Handle add(Self* self, const std::string& child_name, std::function<Handle()> spawn,
             RestartPolicy restarts = RestartPolicy({})) {
    static_assert((kind == ChildKind::station) == std::is_same_v<Handle, station::StationActor>);
    const auto id = next_child++;
    auto spawn_any = [spawn = std::move(spawn)] { return caf::actor_cast<caf::strong_actor_ptr>(spawn()); };
    children.emplace(id, Child{child_name, kind, std::move(spawn_any), std::move(restarts), {}});
    start(self, id);
    return caf::actor_cast<Handle>(children.at(id).handle);
  }

  void start(Self* self, ChildId id) {
    const auto found = children.find(id);
    if (shutdown.begun() || found == children.end() || found->second.retired) return;
    found->second.handle = found->second.spawn();
    self->monitor(found->second.handle);
  }

  void down(Self* self, const caf::down_msg& message) {
    const auto found = std::find_if(children.begin(), children.end(), [&](const auto& pair) {
      return pair.second.handle && message.source == pair.second.handle;
    });
    if (found != children.end()) {
      auto& [id, child] = *found;
      child.handle = nullptr;
      if (message.reason && !shutdown.begun()) failed(self, id, child, message.reason);
      if (child.retired) children.erase(found);
    }
    carry_out(self, shutdown.ended(living()));
  }

  void failed(Self* self, ChildId id, Child& child, const caf::error& reason) {
    auto text = child.name + " of line " + line_name().str() + " ended: " + caf::to_string(reason);
    if (child.retired) return spdlog::error("{}: its cards are handed out again", text);
    const auto pause = child.restarts.failed(now());
    if (!pause) return node().fail(text);
    spdlog::error("{}: it is started again", text);
    self->delayed_send(self, *pause, RestartChild{id});
  }

  Living living() const {
    Living living;
    for (const auto& [id, child] : children) {
      if (child.handle) living.add(child.kind);
    }
    return living;
  }

  // ---- starting

  void start_log(Self* self) {
    replica = add<ChildKind::service>(self, "ledger", wiring->replica(), RestartPolicy::never());
    line = add<ChildKind::service>(self, "line", wiring->line(replica), RestartPolicy::never());
    self->send(line, line::Watch{self, changes_what_is_worked});
    add<ChildKind::service>(self, "query", wiring->query(line));
    auto subscription =
        node().bus->subscribe(heartbeat_wildcard(line_name()), "",
                              [peers = parts().peers, clock = node().clock](bus::Message message) {
                                if (auto beat = line::Heartbeat::parse(message.payload))
                                  peers->heard(std::move(*beat), clock->boot_ms());
                              });
    if (subscription) heartbeats = std::move(*subscription);
  }

  void start_roles(Self* self) {
    roles_started = true;
    add<ChildKind::source>(self, "planner", wiring->planner(line));
    add<ChildKind::service>(self, "supervisor", wiring->supervisor(line, *standard_work));
    add<ChildKind::source>(self, "intake", wiring->intake(line));
    auto started = wiring->start_reproducer(line);
    if (started) {
      reproducer = std::move(*started);
    } else {
      spdlog::warn("line {}: builds are not made again here: {}", line_name().str(), started.error().message);
    }
  }

  // ---- following the product

  // Stations work by the product's standard work: a new one means new stations.
  void look(Self* self) {
    if (shutdown.begun()) return;
    auto [product, granted] = parts().log.line->read([&](const line::LineState& state) {
      const auto* grant = state.keys().find(key_id);
      return std::pair(state.product().standard_work, grant != nullptr && grant->has(Role::station));
    });
    if (!granted || product.empty() || product == standard_work_asked) return;
    standard_work_asked = product;
    auto digest = Digest::parse(product);
    if (!digest) return;
    node().crypto->post([works = wiring->standard_works(), digest = *digest, handle = KeeperShell(self)] {
      auto work = works->get(digest);
      caf::anon_send(handle,
                     work ? StandardWorkReady{*work, {}} : StandardWorkReady{nullptr, work.error().message});
    });
  }

  void adopt(Self* self, const StandardWorkReady& ready) {
    if (shutdown.begun()) return;
    if (!ready.work) {
      spdlog::warn("line {}: the product's standard work cannot be read yet: {}", line_name().str(),
                   ready.reason);
      standard_work_asked.clear();  // the next tick asks again
      return;
    }
    standard_work = ready.work;
    wiring->set_buckets(*standard_work);
    close_stations(self);
    for (auto stage : parts().line.stages) {
      if (stage != Stage::plan && works_pool(standard_work->stage(stage).pool.str()))
        add<ChildKind::station>(self, station_name(stage, *standard_work),
                                wiring->station(stage, *standard_work, line, replica));
    }
    if (!roles_started) start_roles(self);
    spdlog::info("line {}: works by standard work {}", line_name().str(),
                 standard_work->digest.hex().substr(0, 12));
  }

  bool works_pool(const std::string& pool) const {
    const auto& pools = parts().line.pools;
    return std::find(pools.begin(), pools.end(), pool) != pools.end();
  }

  void close_stations(Self* self) {
    for (auto& [id, child] : children) {
      if (child.kind != ChildKind::station || child.retired) continue;
      child.retired = true;
      const auto station = caf::actor_cast<station::StationActor>(child.handle);  // add() takes no other
      if (station) self->send(station, station::Close{});
    }
    std::erase_if(children, [](const auto& pair) { return pair.second.retired && !pair.second.handle; });
  }

  // ---- telling that this node lives

  void tick(Self* self) {
    auto beat = wiring->heartbeat(started_unix_ms);
    node().bus->send(heartbeat_subject(line_name(), node().config->id), beat.to_json().dump());
    parts().peers->heard(std::move(beat), now());
    register_replica();
    look(self);
  }

  void register_replica() {
    const auto& id = node().config->id.str();
    bool due = parts().log.line->read([&](const line::LineState& state) {
      const auto* grant = state.keys().find(key_id);
      return grant != nullptr && grant->has(Role::replica) && !state.replicas().contains(id);
    });
    if (!due || (registered_ms >= 0 && now() - registered_ms < registration_interval_ms)) return;
    registered_ms = now();
    const auto role = wiring->role(line);
    proto::ReplicaChanged message;
    *message.mutable_log() = supervisor::event_origin(role);
    message.set_node(id);
    message.set_change(std::string(to_string(ReplicaChange::added)));
    supervisor::publish(role, message);
  }

  // ---- stopping

  void stop(Self* self, bool at_once) {
    if (shutdown.begun()) return;
    wiring->sweeper().stop();
    if (reproducer) reproducer->stop();
    carry_out(self, shutdown.stop(living(), at_once));
  }

  void carry_out(Self* self, const std::vector<ShutdownAct>& acts) {
    for (const auto act : acts) {
      switch (act) {
        case ShutdownAct::end_sources:
          end(self, [](const Child& child) { return child.kind == ChildKind::source; });
          break;
        case ShutdownAct::close_stations:
          close_stations(self);
          break;
        case ShutdownAct::begin_grace:
          self->delayed_send(self, node().config->shutdown_grace, GraceOver{});
          break;
        case ShutdownAct::end_all:
          end(self, [](const Child&) { return true; });
          break;
        case ShutdownAct::quit:
          heartbeats.reset();
          self->quit();
          break;
      }
    }
  }

  template <class Which>
  void end(Self* self, Which&& which) {
    for (const auto& [id, child] : children) {
      if (child.handle && which(child)) self->send_exit(child.handle, caf::exit_reason::user_shutdown);
    }
  }
};

static KeeperShell::behavior_type keeper_behavior(KeeperState::Self* self, LineParts parts) {
  auto& state = self->state;
  state.wiring = std::make_unique<LineWiring>(std::move(parts));
  state.key_id = state.node().node_key->public_key().id().to_string();
  state.started_unix_ms = state.node().clock->unix_ms();
  self->set_down_handler([self](caf::down_msg& message) { self->state.down(self, message); });
  state.start_log(self);
  self->send(self, KeeperTick{});
  return {
      [self](const line::FoldMoved&) { self->state.look(self); },
      [self](const KeeperTick&) {
        if (self->state.shutdown.begun()) return;
        self->state.tick(self);
        self->delayed_send(self, std::chrono::milliseconds(line::heartbeat_interval_ms), KeeperTick{});
      },
      [self](const StandardWorkReady& ready) { self->state.adopt(self, ready); },
      [self](const RestartChild& child) { self->state.start(self, child.id); },
      [self](const KeeperStop& stop) { self->state.stop(self, stop.at_once); },
      [self](const GraceOver&) {
        self->state.carry_out(self, self->state.shutdown.grace_over(self->state.living()));
      },
  };
}

KeeperActor spawn_keeper(caf::actor_system& system, LineParts parts) {
  return system.spawn(keeper_behavior, std::move(parts));
}

}  // namespace tcps::node
