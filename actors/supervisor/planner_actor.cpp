#include "actors/supervisor/planner_actor.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>

#include "actors/runtime/failpoint.h"
#include "actors/supervisor/planning.h"
#include "actors/supervisor/role_publishing.h"
#include "actors/supervisor/role_watch.h"
#include "messages/vocabulary.h"

namespace tcps::supervisor {
namespace {

// Cards that pass from station to station change neither the backlog nor the slots.
bool concerns_planning(const line::FoldBatch& batch) {
  using enum line::ChangeKind;
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const line::Change& change) {
    return change.kind != accepted && change.kind != card_opened && change.kind != card_closed;
  });
}

struct PublishFailed {
  WorkOrderId id;
  std::optional<Destination> unready;
};
struct PlannerTick {};

constexpr size_t releases_per_step_max = 256;
constexpr int64_t in_flight_max_ms = 10'000;  // then the release is taken for lost
constexpr int64_t unready_ms = 1'000;         // then a pool without a node is looked for again

}  // namespace
}  // namespace tcps::supervisor

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::supervisor::PublishFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::supervisor::PlannerTick)

namespace tcps::supervisor {

// With what the planner tells itself.
using PlannerShell = line::Watcher::extend<caf::reacts_to<PublishFailed>, caf::reacts_to<PlannerTick>>;

struct PlannerState {
  static inline const char* name = "planner";
  using Self = PlannerShell::stateful_base<PlannerState>;

  RoleConfig config;
  std::unique_ptr<RoleWatch> role;
  std::map<WorkOrderId, int64_t> in_flight;  // released at, until the fold shows it
  std::map<Destination, int64_t> unready;    // found without a node at

  int64_t now() const { return config.clock->boot_ms(); }

  void step(Self* self) {
    struct Planned {
      std::optional<uint32_t> term;
      std::string genesis;
      std::vector<Release> releases;
      std::vector<PlanFields> fields;
    };
    auto date = to_iso8601(config.clock->unix_ms()).substr(0, 10);
    auto planned = config.line_view->read([&](const line::LineState& line) {
      Planned out;
      out.term = role->held(line);
      out.genesis = line.genesis();
      std::erase_if(in_flight, [&](const auto& pair) {
        const auto* order = line.find(pair.first);
        return order == nullptr || order->phase != line::Phase::backlog ||
               now() - pair.second > in_flight_max_ms;
      });
      if (!out.term || !*config.stream_has_room) return out;
      std::set<WorkOrderId> flying;
      for (const auto& [id, since] : in_flight) flying.insert(id);
      out.releases = plan_releases(line, flying, unready_now(), releases_per_step_max);
      for (const auto& release : out.releases) out.fields.push_back(plan_fields(line, release, date));
      return out;
    });
    for (size_t i = 0; i < planned.releases.size(); ++i)
      release(self, planned.releases[i], planned.fields[i], *planned.term, planned.genesis);
  }

  std::set<Destination> unready_now() {
    std::erase_if(unready, [&](const auto& pair) { return now() - pair.second > unready_ms; });
    std::set<Destination> destinations;
    for (const auto& [destination, since] : unready) destinations.insert(destination);
    return destinations;
  }

  // Sealing, and reading a standard work that is not cached yet, are no work for an actor thread.
  void release(Self* self, const Release& release, const PlanFields& fields, uint32_t term,
               const std::string& genesis) {
    in_flight[release.order.id] = now();
    config.executor->post(
        [config = config, order = release.order, fields, term, genesis, handle = PlannerShell(self)] {
          auto give_up = [&](std::optional<Destination> unready) {
            caf::anon_send(handle, PublishFailed{order.id, unready});
          };
          auto destination = destination_of(order);
          auto standard_work = config.standard_works->get(order.standard_work);
          if (!standard_work) {
            spdlog::warn("planner: {}: {}", order.id.str(), standard_work.error().message);
            return give_up({});
          }
          const auto& pool = (*standard_work)->stage(destination.second).pool;
          if (!config.peers->pool_alive(pool.str(), config.clock->boot_ms())) return give_up(destination);
          auto predicate = order.stage == Stage::plan
                               ? Predicate(plan_receipt(config, order, fields, pool, term, genesis))
                               : Predicate(dispatch(config, order, pool, term, genesis));
          publish(config, predicate, [handle, id = order.id](Result<bus::PublishAck> ack) {
            if (ack) failpoint("plan", "published");
            if (!ack) caf::anon_send(handle, PublishFailed{id, {}});
          });
        });
  }

  static proto::Receipt plan_receipt(const RoleConfig& config, const line::WorkOrderState& order,
                                     const PlanFields& fields, const Pool& pool, uint32_t term,
                                     const std::string& genesis) {
    auto at = to_iso8601(config.clock->unix_ms());
    proto::Receipt receipt;
    *receipt.mutable_log() = line::log_origin(config.line, genesis);
    receipt.set_receipt_id("plan-" + order.id.str() + "-" + std::to_string(order.attempt));
    receipt.set_stage(std::string(to_string(Stage::plan)));
    receipt.set_timestamp(at);
    receipt.set_work_order_id(order.id.str());
    receipt.set_work_order_digest(order.digest.to_string());
    receipt.set_attempt(order.attempt);
    receipt.set_predecessor(order.passed.to_string());
    receipt.mutable_next()->set_stage(std::string(to_string(Stage::generate)));
    receipt.mutable_next()->set_pool(pool.str());
    receipt.set_next_stage(receipt.next().stage());
    if (!order.manifest.empty()) receipt.set_manifest(order.manifest.to_string());
    receipt.set_node(config.node.str());
    receipt.set_standard_work(order.standard_work.to_string());
    receipt.set_started_at(at);
    receipt.set_ended_at(at);
    receipt.set_status(std::string(to_string(ReceiptStatus::completed)));
    receipt.set_sku(order.sku);
    receipt.set_version(order.version);
    receipt.set_term(term);
    auto& stage_fields = *receipt.mutable_stage_fields()->mutable_fields();
    stage_fields["schedule_id"].set_string_value(fields.schedule_id);
    stage_fields["algorithm"].set_string_value("heijunka-leveling");
    stage_fields["slots_allocated"].set_number_value(fields.slots_allocated);
    stage_fields["wip_limit"].set_number_value(fields.wip_limit);
    stage_fields["wip_current"].set_number_value(fields.wip_current);
    auto& distribution = *stage_fields["bucket_distribution"].mutable_struct_value()->mutable_fields();
    for (const auto& [bucket, count] : fields.bucket_distribution)
      distribution[bucket].set_number_value(count);
    auto& work_orders = *stage_fields["work_orders"].mutable_list_value();
    for (const auto& id : fields.work_orders) work_orders.add_values()->set_string_value(id);
    return receipt;
  }

  static proto::Dispatch dispatch(const RoleConfig& config, const line::WorkOrderState& order,
                                  const Pool& pool, uint32_t term, const std::string& genesis) {
    proto::Dispatch message;
    *message.mutable_log() = line::log_origin(config.line, genesis);
    message.set_work_order_id(order.id.str());
    message.set_attempt(order.attempt);
    message.mutable_next()->set_stage(std::string(to_string(order.stage)));
    message.mutable_next()->set_pool(pool.str());
    message.set_predecessor(order.passed.to_string());
    if (!order.manifest.empty()) message.set_manifest(order.manifest.to_string());
    message.set_term(term);
    return message;
  }

  void watch_role() {
    auto term = config.line_view->read(
        [&](const line::LineState& line) { return role->claim(line, *config.peers, now()); });
    if (term) publish_claim(config, Role::planner, *term);
  }
};

static PlannerShell::behavior_type planner_behavior(PlannerState::Self* self, RoleConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.role = std::make_unique<RoleWatch>(Role::planner, state.config.node.str(),
                                           state.config.signer->public_key().id().to_string());
  self->send(state.config.line_actor, line::Watch{self, concerns_planning});
  self->send(self, PlannerTick{});
  return {
      [self](const line::FoldMoved&) { self->state.step(self); },
      [self](const PublishFailed& failed) {
        auto& state = self->state;
        state.in_flight.erase(failed.id);
        if (failed.unready && state.unready.emplace(*failed.unready, state.now()).second) state.step(self);
      },
      [self](const PlannerTick&) {
        self->state.watch_role();
        self->state.step(self);
        self->delayed_send(self, std::chrono::seconds(1), PlannerTick{});
      },
  };
}

line::Watcher spawn_planner(caf::actor_system& system, RoleConfig config) {
  return system.spawn(planner_behavior, std::move(config));
}

}  // namespace tcps::supervisor
