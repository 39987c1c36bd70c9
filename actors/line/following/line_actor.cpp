#include "actors/line/following/line_actor.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <caf/all.hpp>
#include <deque>
#include <map>
#include <utility>

#include "actors/line/following/decode_pipeline.h"

namespace tcps::line {
namespace {

struct Decoded {
  std::shared_ptr<DecodedBatch> batch;
};
struct TellWatchers {};

// Asked before the message is applied: afterwards the work order may have left the fold.
std::string bucket_of(const LineState& line, const LineMessage& message) {
  return std::visit(
      [&](const auto& predicate) -> std::string {
        if constexpr (requires { predicate.work_order_id(); }) {
          auto id = WorkOrderId::parse(predicate.work_order_id());
          const auto* order = id ? line.find(*id) : nullptr;
          return order == nullptr ? "" : std::string(to_string(order->bucket));
        } else {
          return {};
        }
      },
      message.predicate);
}

}  // namespace
}  // namespace tcps::line

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::Decoded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::line::TellWatchers)

namespace tcps::line {

// What is remembered of recent verdicts, for askers that come after the fold has passed.
struct VerdictMemory {
  static constexpr size_t size_max = 16'384;
  std::map<uint64_t, std::pair<bool, std::string>> verdicts;

  void remember(const FoldedMessage& message) {
    verdicts[message.position] = {message.admitted, message.reason};
    while (verdicts.size() > size_max) verdicts.erase(verdicts.begin());
  }
};

// With what the line actor tells itself.
using LineShell = LineActor::extend<caf::reacts_to<Decoded>, caf::reacts_to<TellWatchers>>;

struct LineActorState {
  static inline const char* name = "line";
  using Self = LineShell::stateful_base<LineActorState>;

  LineActorConfig config;
  std::shared_ptr<DecodePipeline> pipeline;
  std::unique_ptr<bus::Following> following;
  std::vector<Watch> watchers;
  VerdictMemory memory;
  std::multimap<uint64_t, AskVerdict> asked;  // by sequence
  std::vector<FoldedMessage> gathering;       // for the next group
  std::shared_ptr<FoldBatch> untold;          // folded, and the watchers do not know it yet
  uint64_t next_sequence = 1;                 // of the stream
  uint64_t synced = 0;
  uint64_t snapshot_position = 0;
  bool appending = false;

  ~LineActorState() {
    if (pipeline) pipeline->stop();
    following.reset();
  }

  // The stream is one unbroken row. What is missing from it was trimmed before this replica had read it: to
  // fold on would lead to another state than that of the others.
  bool is_whole(Self* self, const DecodedBatch& batch) {
    for (const auto& decoded : batch) {
      if (decoded.delivery.sequence != next_sequence++) {
        auto reason = fmt::format(
            "stream {} goes on at {} where {} should come: it was trimmed before this replica had read it; "
            "the replica is to "
            "be rebuilt from a peer",
            config.stream, decoded.delivery.sequence, next_sequence - 1);
        spdlog::critical("{}", reason);
        self->quit(caf::make_error(caf::sec::runtime_error, reason));
        return false;
      }
    }
    return true;
  }

  void fold(Self* self, DecodedBatch& batch) {
    if (!is_whole(self, batch)) return;
    bool telling = untold != nullptr;
    if (!telling) untold = std::make_shared<FoldBatch>();
    const auto first = untold->messages.size();
    config.line->write([&](LineState& line) {
      for (auto& decoded : batch) untold->messages.push_back(fold_one(line, decoded, untold->changes));
      untold->position = line.position();
    });
    pipeline->release(batch.size());
    for (size_t i = first; i < untold->messages.size(); ++i) {
      memory.remember(untold->messages[i]);
      gathering.push_back(untold->messages[i]);
    }
    append(self);
    // Batches that wait in the mailbox already are told together: under load a few large tellings instead of
    // many small ones.
    if (!telling) self->send(self, TellWatchers{});
  }

  void tell_watchers(Self* self) {
    FoldBatchPtr batch = std::exchange(untold, nullptr);
    for (const auto& watch : watchers) {
      if (!watch.interest || watch.interest(*batch)) self->send(watch.watcher, FoldMoved{batch});
    }
  }

  static FoldedMessage fold_one(LineState& line, DecodedMessage& decoded, std::vector<Change>& changes) {
    FoldedMessage out;
    out.position = decoded.delivery.sequence;
    out.size_bytes = decoded.delivery.payload.size();
    out.subject = decoded.delivery.subject;
    if (!decoded.message) {
      out.reason = line.skip(out.position, decoded.message.error().message).reason;
      out.payload = Digest::of(decoded.delivery.payload);
      return out;
    }
    auto message = std::make_shared<const LineMessage>(std::move(*decoded.message));
    out.bucket = bucket_of(line, *message);
    auto verdict = line.apply(out.position, out.subject, *message);
    out.admitted = verdict.admitted;
    out.forged = verdict.forged;
    out.reason = std::move(verdict.reason);
    out.payload = message->payload_digest;
    if (out.admitted) out.envelope = std::move(decoded.delivery.payload);
    out.message = std::move(message);
    std::move(verdict.changes.begin(), verdict.changes.end(), std::back_inserter(changes));
    return out;
  }

  void append(Self* self) {
    if (appending || gathering.empty()) return;
    appending = true;
    AppendGroup group;
    group.position = gathering.back().position;
    group.messages = std::make_shared<const std::vector<FoldedMessage>>(std::exchange(gathering, {}));
    group.line = self;
    if (group.position - snapshot_position >= config.snapshot_every) {
      snapshot_position = group.position;
      group.snapshot = config.line->read([](const LineState& line) { return line.save(); });
    }
    self->send(config.replica, std::move(group));
  }

  void answer(Self* self) {
    auto end = asked.upper_bound(synced);
    for (auto ask = asked.begin(); ask != end; ++ask) reply(self, ask->second);
    asked.erase(asked.begin(), end);
  }

  void reply(Self* self, const AskVerdict& ask) {
    auto found = memory.verdicts.find(ask.sequence);
    if (found == memory.verdicts.end()) {
      self->send(
          ask.asker,
          VerdictAnswer{ask.token, false,
                        "the message is too old for its verdict to be remembered: look in the ledger"});
    } else {
      self->send(ask.asker, VerdictAnswer{ask.token, found->second.first, found->second.second});
    }
  }
};

static LineShell::behavior_type line_behavior(LineActorState::Self* self, LineActorConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.next_sequence = state.config.follow_from;
  state.synced = state.snapshot_position = state.config.follow_from - 1;
  state.config.line->set_synced(state.synced);
  // The pipeline's sink holds a weak handle: it must not keep the actor alive, and may outlive it.
  auto weak = caf::actor_cast<caf::actor_addr>(self);
  state.pipeline =
      std::make_shared<DecodePipeline>(*state.config.executor, *state.config.line, *state.config.memo,
                                       [weak](std::shared_ptr<DecodedBatch> batch) {
                                         if (auto strong = caf::actor_cast<LineShell>(weak)) {
                                           caf::anon_send(strong, Decoded{std::move(batch)});
                                         }
                                       });
  state.following = state.config.bus->follow(
      state.config.stream, state.config.follow_from,
      [pipeline = state.pipeline](bus::Delivery delivery) { pipeline->push(std::move(delivery)); });
  return {
      [self](Decoded& decoded) { self->state.fold(self, *decoded.batch); },
      [self](const TellWatchers&) { self->state.tell_watchers(self); },
      [self](const Appended& appended) {
        self->state.appending = false;
        self->state.synced = appended.position;
        self->state.config.line->set_synced(appended.position);
        self->state.answer(self);
        self->state.append(self);
      },
      [self](const Certified& certified) {
        self->state.config.line->set_certified(certified.position);
        for (const auto& watch : self->state.watchers) {
          if (watch.of_certificates) self->send(watch.of_certificates, certified);
        }
      },
      [self](const AskVerdict& ask) {
        if (ask.sequence <= self->state.synced) {
          self->state.reply(self, ask);
        } else {
          self->state.asked.emplace(ask.sequence, ask);
        }
      },
      [self](const Watch& watch) {
        self->state.watchers.push_back(watch);
        auto batch = std::make_shared<FoldBatch>();
        batch->position =
            self->state.config.line->read([](const LineState& line) { return line.position(); });
        self->send(watch.watcher, FoldMoved{batch});
      },
      [self](const Unwatch& unwatch) {
        std::erase_if(self->state.watchers,
                      [&](const Watch& watch) { return watch.watcher == unwatch.watcher; });
      },
  };
}

LineActor spawn_line(caf::actor_system& system, LineActorConfig config) {
  return system.spawn(line_behavior, std::move(config));
}

}  // namespace tcps::line
