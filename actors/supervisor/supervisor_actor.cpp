#include "actors/supervisor/supervisor_actor.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>

#include "actors/supervisor/replica_watch.h"
#include "actors/supervisor/role_publishing.h"
#include "actors/supervisor/role_watch.h"
#include "actors/supervisor/trim.h"
#include "messages/vocabulary.h"

namespace tcps::supervisor {
namespace {

bool has_forgery(const line::FoldBatch& batch) {
  return std::any_of(batch.messages.begin(), batch.messages.end(),
                     [](const line::FoldedMessage& message) { return message.forged; });
}

struct SupervisorTick {};

}  // namespace
}  // namespace tcps::supervisor

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::supervisor::SupervisorTick)

namespace tcps::supervisor {

// With what the supervisor tells itself.
using SupervisorShell = line::Watcher::extend<caf::reacts_to<SupervisorTick>>;

struct SupervisorState {
  static inline const char* name = "supervisor";
  using Self = SupervisorShell::stateful_base<SupervisorState>;

  SupervisorConfig config;
  std::unique_ptr<RoleWatch> role;
  SupervisionRules rules;
  std::optional<ReplicaWatch> replicas;
  int64_t trimmed_ms = 0;
  int64_t swept_ms = 0;

  int64_t now() const { return config.role.clock->boot_ms(); }

  void tick() {
    const auto& line_view = *config.role.line_view;
    auto claim = line_view.read(
        [&](const line::LineState& line) { return role->claim(line, *config.role.peers, now()); });
    if (claim) publish_claim(config.role, Role::supervisor, *claim);
    std::optional<uint32_t> term;
    std::vector<std::pair<std::string, Digest>> put_back;
    std::optional<std::string> silent_replica;
    auto due = line_view.read([&](const line::LineState& line) {
      term = role->held(line);
      if (!term) {
        rules.stand_by(line);
        return Supervision{};
      }
      auto out = rules.step(line, now());
      silent_replica = replicas->step(line, *config.role.peers, config.role.node.str(), now());
      for (const auto& id : out.put_back) put_back.emplace_back(id.str(), line.find(id)->card);
      return out;
    });
    if (!term) return;
    auto at = to_iso8601(config.role.clock->unix_ms());
    for (auto& call : due.calls) {
      *call.mutable_log() = event_origin(config.role);
      call.set_raised_by(config.role.node.str());
      call.set_raised_at(at);
      call.set_term(*term);
      spdlog::warn("line {}: andon {}: {}", config.role.line.str(), call.andon_id(), call.reason());
      publish(config.role, call);
    }
    for (auto& escalation : due.escalations) {
      *escalation.mutable_log() = event_origin(config.role);
      escalation.set_at(at);
      escalation.set_term(*term);
      publish(config.role, escalation);
    }
    for (const auto& [id, card] : put_back) put_card_back(id, card);
    if (silent_replica) eject(*silent_replica, *term);
    trim();
    sweep();
  }

  void sweep() {
    if (!config.sweep_artifacts || now() - swept_ms < config.sweep_interval.count()) return;
    swept_ms = now();
    config.sweep_artifacts();
  }

  void eject(const std::string& node, uint32_t term) {
    spdlog::warn("line {}: replica {} has been silent for longer than {} s: it is ejected",
                 config.role.line.str(), node, config.replica_silence_max.count() / 1000);
    proto::ReplicaChanged change;
    *change.mutable_log() = event_origin(config.role);
    change.set_node(node);
    change.set_change(std::string(to_string(ReplicaChange::ejected)));
    change.set_reason("silent for longer than a replica is waited for");
    change.set_term(term);
    publish(config.role, change);
  }

  // The fold refuses the copy, for the card is open already; the station that pulls it knows the card by its
  // content.
  void put_card_back(const std::string& id, const Digest& card) {
    spdlog::warn("line {}: the card of {} has been silent beyond its SLO: it is put back",
                 config.role.line.str(), id);
    config.role.executor->post([config = config, card] {
      auto bytes = config.find_bytes(card);
      if (!bytes) return;
      auto message = LineMessage::decode(*bytes);
      auto subject = message ? subject_of(config.role.line, message->predicate)
                             : Result<std::string>(fail(message.error()));
      if (!subject) return;
      config.role.bus->publish({config.role.stream, *subject, std::move(*bytes), {}, std::nullopt},
                               [](auto) {});
    });
  }

  void trim() {
    if (now() - trimmed_ms < config.trim_interval.count()) return;
    trimmed_ms = now();
    auto below = config.role.line_view->read([&](const line::LineState& line) {
      return trim_below(line, *config.role.peers, config.role.line_view->certified());
    });
    config.role.executor->post([role = config.role, below] {
      if (below > 1) {
        if (auto purged = role.bus->purge_below(role.stream, below); !purged)
          spdlog::warn("trim: {}", purged.error().message);
      }
      auto info = role.bus->stream_info(role.stream);
      if (info && info->bytes_max > 0) *role.stream_has_room = info->bytes * 2 < info->bytes_max;
    });
  }
};

static SupervisorShell::behavior_type supervisor_behavior(SupervisorState::Self* self,
                                                          SupervisorConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.rules.configure(state.config.rules);
  state.replicas.emplace(state.config.replica_silence_max);
  state.swept_ms = state.now();
  const auto& role = state.config.role;
  state.role = std::make_unique<RoleWatch>(Role::supervisor, role.node.str(),
                                           role.signer->public_key().id().to_string());
  self->send(role.line_actor, line::Watch{self, has_forgery});
  self->send(self, SupervisorTick{});
  return {
      [self](const line::FoldMoved& moved) {
        for (const auto& message : moved.batch->messages) {
          if (message.forged)
            self->state.rules.report({message.position, message.subject, message.reason, message.payload});
        }
      },
      [self](const SupervisorTick&) {
        self->state.tick();
        self->delayed_send(self, std::chrono::milliseconds(250), SupervisorTick{});
      },
  };
}

line::Watcher spawn_supervisor(caf::actor_system& system, SupervisorConfig config) {
  return system.spawn(supervisor_behavior, std::move(config));
}

}  // namespace tcps::supervisor
