#include "actors/station/station_actor.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "actors/runtime/failpoint.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"

namespace tcps::station {
namespace {

struct Delivered {
  std::shared_ptr<bus::Delivery> delivery;
};
struct RunEnded {
  uint64_t key;
  std::shared_ptr<const Result<SealedOutcome>> outcome;
};
struct PublishFailed {
  uint64_t key;
  bool conflict;
};
struct MarkAnswered {
  uint64_t key;
  bool ok;
};
struct Tick {};
struct ConsumerReady {
  std::shared_ptr<Result<std::unique_ptr<bus::PullConsumer>>> consumer;
};

}  // namespace
}  // namespace tcps::station

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::Delivered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::RunEnded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::PublishFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::MarkAnswered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::Tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::ConsumerReady)

namespace tcps::station {

// With what the station hears of the line, and tells itself.
using StationShell =
    StationActor::extend<caf::reacts_to<line::FoldMoved>, caf::reacts_to<line::Certified>,
                         caf::reacts_to<ConsumerReady>, caf::reacts_to<Delivered>, caf::reacts_to<RunEnded>,
                         caf::reacts_to<PublishFailed>, caf::reacts_to<MarkAnswered>, caf::reacts_to<Tick>>;

struct StationState {
  static inline const char* name = "station";
  using Self = StationShell::stateful_base<StationState>;

  struct Held {
    std::shared_ptr<CardRun> run;
    std::shared_ptr<const Result<SealedOutcome>> outcome;
  };

  StationConfig config;
  std::unique_ptr<CardDesk> desk;
  std::unique_ptr<bus::PullConsumer> consumer;
  std::map<uint64_t, Held> held;
  uint64_t certificate_asked = 0;  // position
  bool ticking = false;
  bool closing = false;

  ~StationState() {
    for (auto& [key, card] : held) {
      if (card.run) card.run->stop.request_stop();
    }
    consumer.reset();
  }

  int64_t now() const { return config.means->clock->boot_ms(); }

  template <class Input>
  void step(Self* self, Input&& input) {
    auto actions = config.means->line->read([&](const line::LineState& line) { return input(*desk, line); });
    for (auto& action : actions) std::visit([&](auto& a) { carry_out(self, a); }, action);
    settle(self);
  }

  // After every input: what the desk let go of goes, and it is told the time while it holds a card.
  void settle(Self* self) {
    std::erase_if(held, [&](const auto& pair) { return !desk->holds(pair.first); });
    if (desk->in_hand() > 0 && !ticking) {
      ticking = true;
      self->delayed_send(
          self, std::chrono::milliseconds(std::clamp<int64_t>(config.desk.ack_wait_ms / 16, 20, 500)),
          Tick{});
    }
    if (closing && desk->in_hand() == 0) self->quit();
  }

  void carry_out(Self* self, Start& start) {
    auto run = std::make_shared<CardRun>();
    run->order = std::move(start.order);
    run->slo = std::chrono::milliseconds(config.desk.slo_ms);
    held[start.key] = {run, nullptr};
    auto work = [means = config.means, run, key = start.key, handle = StationShell(self)] {
      failpoint(to_string(means->stage), "started");
      auto sealed = work_card(*means, *run);
      failpoint(to_string(means->stage), "finished");
      caf::anon_send(handle, RunEnded{key, std::make_shared<const Result<SealedOutcome>>(std::move(sealed))});
    };
    config.workers->post(std::move(work));
  }

  void carry_out(Self*, Kill& kill) {
    auto found = held.find(kill.key);
    if (found == held.end() || !found->second.run) return;
    found->second.run->deadline = kill.deadline;
    found->second.run->stop.request_stop();
  }

  void carry_out(Self* self, Publish& publish) {
    auto found = held.find(publish.key);
    if (found == held.end() || !found->second.outcome) return;
    const auto& outcome = **found->second.outcome;
    bus::PublishRequest request{config.consumer.stream, outcome.subject, outcome.bytes, {}, std::nullopt};
    if (publish.expect_first) {
      request.message_id = outcome.message_id;
      request.expected_last_subject_sequence = 0;
    }
    send(self, publish.key, std::move(request));
  }

  void send(Self* self, uint64_t key, bus::PublishRequest request) {
    config.bus->publish(std::move(request), [handle = StationShell(self), key,
                                             stage = config.desk.stage](Result<bus::PublishAck> ack) {
      if (ack) {
        failpoint(to_string(stage), "published");
      } else {
        caf::anon_send(handle, PublishFailed{key, ack.error().code == ErrorCode::conflict});
      }
    });
  }

  void carry_out(Self*, Acknowledge& acknowledge) {
    failpoint(to_string(config.desk.stage), "closed");
    consumer->acknowledge(acknowledge.ack_token);
  }
  void carry_out(Self*, HandBack& back) {
    consumer->hand_back(back.ack_token, bus::Milliseconds(back.delay_ms));
  }
  void carry_out(Self*, AddCredit& credit) {
    if (!closing) consumer->add_credit(credit.count);
  }

  void carry_out(Self* self, Mark& mark) {
    consumer->in_progress(mark.ack_token, bus::Milliseconds(config.desk.ack_wait_ms / 4),
                          [handle = StationShell(self), key = mark.key](Status status) {
                            caf::anon_send(handle, MarkAnswered{key, status.has_value()});
                          });
  }

  // The fold quarantines the work order when it admits the call, which closes the card.
  void carry_out(Self* self, RaiseCrashLoop& raise) {
    const auto& seal = config.means->seal;
    proto::AndonRaised call;
    auto seen = config.means->line->read([](const line::LineState& line) { return line.position(); });
    *call.mutable_log() = line::log_origin(seal.line, seal.genesis, seen);
    call.set_andon_id(
        "andon-" +
        Digest::of_parts({raise.order.card.raw(), to_string(AndonKind::crash_loop)}).hex().substr(0, 16));
    call.set_work_order_id(raise.order.id.str());
    call.set_attempt(raise.order.attempt);
    call.set_stage(std::string(to_string(config.desk.stage)));
    call.set_kind(std::string(to_string(AndonKind::crash_loop)));
    call.set_severity(std::string(to_string(Severity::high)));
    call.set_reason("the card was delivered " + std::to_string(raise.deliveries) +
                    " times without an outcome that counts: look for what kills the station");
    call.set_raised_by(seal.node.str());
    call.set_raised_at(to_iso8601(config.means->clock->unix_ms()));
    auto sealed = line::seal_predicate(seal.line, call, {}, {}, *seal.signer);
    if (!sealed) return;
    send(self, raise.key, {config.consumer.stream, sealed->subject, sealed->bytes, {}, std::nullopt});
  }

  // What passes by itself: a full object store, a bus that does not answer.
  static bool is_blockage(const Error& error) {
    return error.code == ErrorCode::full || error.code == ErrorCode::unavailable ||
           error.code == ErrorCode::timeout;
  }

  // Whoever follows the work order should not have to look into the node's log.
  void tell_why_it_waits(const CardRun& run, const Error& error) {
    const auto& seal = config.means->seal;
    const nlohmann::json waits = {{"work_order", run.order.id.str()},
                                  {"stage", to_string(config.desk.stage)},
                                  {"node", seal.node.str()},
                                  {"reason", error.message}};
    config.bus->send(waits_subject(seal.line, run.order.id),
                     waits.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }

  void run_ended(Self* self, const RunEnded& ended) {
    const auto& outcome = *ended.outcome;
    const bool blocked = !outcome && is_blockage(outcome.error());
    if (outcome) {
      held[ended.key].outcome = ended.outcome;
    } else {
      spdlog::warn("station {}: a card {}: {}", to_string(config.desk.stage), blocked ? "waits" : "goes back",
                   outcome.error().message);
      if (auto card = held.find(ended.key); card != held.end())
        tell_why_it_waits(*card->second.run, outcome.error());
    }
    if (blocked) {
      desk->blocked(ended.key, now());
      settle(self);
      return;
    }
    step(self, [&](CardDesk& d, const line::LineState& line) {
      return d.finished(ended.key, outcome ? std::optional(outcome->payload) : std::nullopt, line);
    });
  }

  // Cards come and go at the station itself; what leaves the next one makes room there. Everything else is
  // rare and may concern all.
  static line::Interest concerns(Stage stage) {
    auto following = next_stage(stage);
    return [stage, following](const line::FoldBatch& batch) {
      auto is_ours = [&](const line::Change& change) {
        using enum line::ChangeKind;
        switch (change.kind) {
          case card_opened:
            return change.stage == stage;
          case card_closed:
            return change.stage == stage || change.stage == following;
          case accepted:
          case backlogged:
          case released:
          case done:
            return false;
          default:
            return true;
        }
      };
      return std::any_of(batch.changes.begin(), batch.changes.end(), is_ours) ||
             std::any_of(batch.messages.begin(), batch.messages.end(),
                         [](const line::FoldedMessage& m) { return !m.admitted; });
    };
  }

  void certified(Self* self) {
    step(self, [&](CardDesk& d, const line::LineState& line) {
      d.certified(config.means->line->certified());
      return d.fold_moved(now(), line);
    });
  }

  void fold_moved(Self* self, const line::FoldBatch& batch) {
    step(self, [&](CardDesk& d, const line::LineState& line) {
      auto actions = d.fold_moved(now(), line);
      for (const auto& message : batch.messages) {
        if (message.admitted || desk->in_hand() == 0) continue;
        auto more = d.refused(message.payload, now(), line);
        std::move(more.begin(), more.end(), std::back_inserter(actions));
      }
      return actions;
    });
    ask_for_certificate(self);
  }

  void ask_for_certificate(Self* self) {
    auto wanted = desk->certificate_wanted();
    if (!wanted || *wanted <= certificate_asked) return;
    certificate_asked = *wanted;
    self->send(config.replica, line::CertificateWanted{config.line, *wanted});
  }

  void delivered(Self* self, bus::Delivery& delivery) {
    // The fold knows the card by its position; one that was put back at another, or that the fold has not
    // reached, by its content.
    Digest card;
    bool known = config.means->line->read(
        [&](const line::LineState& line) { return line.open_card_at(delivery.sequence) != nullptr; });
    if (!known) {
      if (auto envelope = Envelope::decode(delivery.payload)) card = Digest::of(envelope->payload);
    }
    step(self, [&](CardDesk& d, const line::LineState& line) {
      d.certified(config.means->line->certified());
      return d.delivered(delivery.ack_token, delivery.sequence, delivery.delivery_count, card, now(), line);
    });
    ask_for_certificate(self);
  }
};

static StationShell::behavior_type station_behavior(StationState::Self* self, StationConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.desk = std::make_unique<CardDesk>(state.config.desk);
  // Making the consumer waits for the server, which is no work for an actor thread.
  state.config.crypto->post([bus = state.config.bus, consumer = state.config.consumer,
                             handle = StationShell(self)] {
    auto weak = caf::actor_cast<caf::actor_addr>(handle);
    auto made = bus->pull(consumer, [weak](bus::Delivery delivery) {
      if (auto strong = caf::actor_cast<StationShell>(weak)) {
        caf::anon_send(strong, Delivered{std::make_shared<bus::Delivery>(std::move(delivery))});
      }
    });
    caf::anon_send(
        handle, ConsumerReady{std::make_shared<Result<std::unique_ptr<bus::PullConsumer>>>(std::move(made))});
  });
  return {
      [self](ConsumerReady& ready) {
        auto& state = self->state;
        if (!*ready.consumer) {
          auto reason = ready.consumer->error().message;
          spdlog::error("station {}: {}", to_string(state.config.desk.stage), reason);
          self->quit(caf::make_error(caf::sec::runtime_error, reason));
          return;
        }
        state.consumer = std::move(**ready.consumer);
        line::Watch watch{self, StationState::concerns(state.config.desk.stage)};
        if (state.config.desk.wait_certified) watch.of_certificates = self;
        self->send(state.config.line, std::move(watch));
        state.step(self, [](CardDesk& desk, const line::LineState& line) { return desk.open(line); });
      },
      [self](const line::FoldMoved& moved) { self->state.fold_moved(self, *moved.batch); },
      [self](const line::Certified&) { self->state.certified(self); },
      [self](Delivered& delivered) { self->state.delivered(self, *delivered.delivery); },
      [self](const RunEnded& ended) { self->state.run_ended(self, ended); },
      [self](const PublishFailed& failed) {
        auto& state = self->state;
        state.desk->publish_failed(failed.key, failed.conflict, state.now());
        state.settle(self);
      },
      [self](const MarkAnswered& answer) {
        auto& state = self->state;
        state.desk->mark_answered(answer.key, answer.ok, state.now());
        state.settle(self);
      },
      [self](const Tick&) {
        auto& state = self->state;
        state.ticking = false;
        state.step(self,
                   [&](CardDesk& desk, const line::LineState& line) { return desk.tick(state.now(), line); });
      },
      [self](const Close&) {
        auto& state = self->state;
        state.closing = true;
        self->send(state.config.line, line::Unwatch{self});
        state.step(self, [](CardDesk& desk, const line::LineState&) { return desk.close(); });
      },
  };
}

StationActor spawn_station(caf::actor_system& system, StationConfig config) {
  return system.spawn(station_behavior, std::move(config));
}

}  // namespace tcps::station
