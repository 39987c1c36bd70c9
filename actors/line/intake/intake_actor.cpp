#include "actors/line/intake/intake_actor.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include "actors/line/following/sealed_message.h"
#include "messages/subjects.h"

namespace tcps::line {
namespace {

struct Requested {
  std::shared_ptr<bus::Message> message;
};
struct AcceptanceEnded {
  uint64_t token;
  bool stored;
  uint64_t sequence;
  std::string reason;
};

}  // namespace
}  // namespace tcps::line

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::Requested)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::AcceptanceEnded)

namespace tcps::line {

// With what intake tells itself.
using IntakeShell = VerdictAsker::extend<caf::reacts_to<Requested>, caf::reacts_to<AcceptanceEnded>>;

struct IntakeState {
  static inline const char* name = "intake";
  using Self = IntakeShell::stateful_base<IntakeState>;

  struct Pending {
    WorkOrderId id;
    std::vector<std::string> reply_to;  // all who asked for this work order meanwhile
  };

  IntakeConfig config;
  std::shared_ptr<std::atomic<size_t>> queued = std::make_shared<std::atomic<size_t>>(0);
  std::unique_ptr<bus::Subscription> subscription;
  std::map<uint64_t, Pending> pending;
  std::map<WorkOrderId, uint64_t> by_id;
  uint64_t next_token = 1;

  static void answer(bus::Bus& bus, const std::string& reply_to, const nlohmann::json& reply) {
    if (!reply_to.empty()) bus.send(reply_to, reply.dump());
  }
  void refuse(const std::string& reply_to, const std::string& reason, int64_t retry_after_ms) {
    nlohmann::json reply{{"accepted", false}, {"reason", reason}};
    if (retry_after_ms > 0) reply["retry_after_ms"] = retry_after_ms;
    answer(*config.bus, reply_to, reply);
  }

  void request(Self* self, const bus::Message& message) {
    auto signal = parse_demand(message.payload);
    if (!signal) return refuse(message.reply_to, signal.error().message, 0);
    auto source = message.subject.substr(message.subject.rfind('.') + 1);
    IntakeRequest request{source, std::move(*signal), to_iso8601(config.clock->unix_ms()), pending.size()};
    auto id = work_order_id(config.line, source, request.signal.signal_id());
    if (auto same = by_id.find(id); same != by_id.end()) {
      pending.at(same->second).reply_to.push_back(message.reply_to);
      return;
    }
    auto buckets = config.buckets();
    auto decision = config.line_view->read(
        [&](const LineState& line) { return decide(line, request, buckets, config.node.str()); });
    if (auto* refused = std::get_if<Refuse>(&decision))
      return refuse(message.reply_to, refused->reason, refused->retry_after_ms);
    if (auto* known = std::get_if<Known>(&decision)) return describe(known->id, message.reply_to);
    if (pending.size() >= config.under_way_max) return refuse(message.reply_to, "intake is busy", 1'000);
    auto token = next_token++;
    pending[token] = {id, {message.reply_to}};
    by_id[id] = token;
    publish(self, token, std::move(std::get<Accept>(decision).acceptance));
  }

  void describe(const WorkOrderId& id, const std::string& reply_to) {
    config.executor->post([config = config, id, reply_to] {
      auto reply = config.describe(id);
      reply["accepted"] = true;
      reply["known"] = true;
      reply["work_order"] = id.str();
      answer(*config.bus, reply_to, reply);
    });
  }

  void publish(Self* self, uint64_t token, proto::Acceptance acceptance) {
    config.executor->post(
        [config = config, token, acceptance = std::move(acceptance), handle = IntakeShell(self)] {
          const auto& order = acceptance.work_order();
          auto sealed = seal_predicate(config.line, acceptance, {{order.id(), work_order_digest(order)}}, {},
                                       *config.signer);
          if (!sealed) {
            caf::anon_send(handle, AcceptanceEnded{token, false, 0, sealed.error().message});
            return;
          }
          config.bus->publish({config.stream, sealed->subject, std::move(sealed->bytes), {}, std::nullopt},
                              [handle, token](Result<bus::PublishAck> ack) {
                                caf::anon_send(handle,
                                               ack ? AcceptanceEnded{token, true, ack->sequence, {}}
                                                   : AcceptanceEnded{token, false, 0, ack.error().message});
                              });
        });
  }

  void ended(Self* self, const AcceptanceEnded& end) {
    if (end.stored) {
      self->send(config.line_actor, AskVerdict{end.sequence, end.token, self});
      return;
    }
    auto done = take(end.token);
    for (const auto& reply_to : done.reply_to) {
      refuse(reply_to, "the bus did not confirm the acceptance: " + end.reason + "; asking again is safe",
             1'000);
    }
  }

  void judged(const VerdictAnswer& verdict) {
    auto done = take(verdict.token);
    bool known = !verdict.admitted && config.line_view->read([&](const LineState& line) {
      return line.find(done.id) || line.closed(done.id);
    });
    for (const auto& reply_to : done.reply_to) {
      if (known) {  // another node was first with the same demand
        describe(done.id, reply_to);
      } else if (verdict.admitted) {
        answer(*config.bus, reply_to, {{"accepted", true}, {"known", false}, {"work_order", done.id.str()}});
      } else {
        refuse(reply_to, verdict.reason, 1'000);
      }
    }
  }

  Pending take(uint64_t token) {
    auto found = pending.find(token);
    if (found == pending.end()) return {};
    auto taken = std::move(found->second);
    pending.erase(found);
    by_id.erase(taken.id);
    return taken;
  }
};

static IntakeShell::behavior_type intake_behavior(IntakeState::Self* self, IntakeConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  auto weak = caf::actor_cast<caf::actor_addr>(self);
  auto subscription = state.config.bus->subscribe(
      intake_wildcard(state.config.line), "intake",
      [weak, queued = state.queued, max = state.config.queued_max,
       bus = state.config.bus](bus::Message message) {
        if (queued->load() >= max) {
          IntakeState::answer(*bus, message.reply_to,
                              {{"accepted", false}, {"reason", "intake is busy"}, {"retry_after_ms", 1'000}});
          return;
        }
        if (auto strong = caf::actor_cast<IntakeShell>(weak)) {
          ++*queued;
          caf::anon_send(strong, Requested{std::make_shared<bus::Message>(std::move(message))});
        }
      });
  if (!subscription) {
    spdlog::error("intake: {}", subscription.error().message);
    self->quit(caf::make_error(caf::sec::runtime_error, subscription.error().message));
    return IntakeShell::behavior_type::make_empty_behavior();
  }
  state.subscription = std::move(*subscription);
  return {
      [self](const Requested& requested) {
        --*self->state.queued;
        self->state.request(self, *requested.message);
      },
      [self](const AcceptanceEnded& end) { self->state.ended(self, end); },
      [self](const VerdictAnswer& verdict) { self->state.judged(verdict); },
  };
}

VerdictAsker spawn_intake(caf::actor_system& system, IntakeConfig config) {
  return system.spawn(intake_behavior, std::move(config));
}

}  // namespace tcps::line
