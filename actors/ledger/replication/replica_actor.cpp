#include "actors/ledger/replication/replica_actor.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <caf/all.hpp>

#include "actors/ledger/certification/certification.h"
#include "actors/ledger/replication/rebuild.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "actors/line/following/sealed_message.h"
#include "messages/iso8601.h"
#include "messages/subjects.h"
#include "messages/text.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {
namespace {

constexpr size_t notes_waiting_max = 64;

struct CheckpointDue {};

// What another replica said: a note, or the size that it wants certified.
struct ReplicaSaid {
  std::string what;
  uint64_t wanted_size = 0;
  std::shared_ptr<const tlog::SignedCheckpoint> note;
};

proto::RefusedEntry refused_entry(const line::FoldedMessage& message, uint32_t epoch) {
  proto::RefusedEntry entry;
  entry.set_epoch(epoch);
  entry.set_sequence(message.position);
  entry.set_subject(message.subject);
  entry.set_digest(std::string(message.payload.raw()));
  entry.set_reason(message.reason);
  entry.set_size_bytes(message.size_bytes);
  return entry;
}

AdmittedEntry admitted_entry(const line::FoldedMessage& message, uint32_t epoch) {
  AdmittedEntry entry{
      {epoch, message.position}, message.subject, message.envelope, facets_of(*message.message)};
  if (entry.facets.bucket.empty()) entry.facets.bucket = message.bucket;
  return entry;
}

// Runs on a thread of the bus.
Result<ReplicaSaid> parse_said(const bus::Message& message) {
  ReplicaSaid said{message.subject.substr(message.subject.rfind('.') + 1), 0, nullptr};
  if (said.what == "wanted") {
    const auto size = whole_number(message.payload);
    if (!size) return fail(ErrorCode::invalid, "the size wanted is no number");
    said.wanted_size = *size;
    return said;
  }
  auto note = TCPS_TRY(tlog::SignedCheckpoint::parse(message.payload));
  said.note = std::make_shared<tlog::SignedCheckpoint>(std::move(note));
  return said;
}

}  // namespace
}  // namespace tcps::ledger

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::ledger::CheckpointDue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::ledger::ReplicaSaid)

namespace tcps::ledger {

// With what the replica actor tells itself.
using ReplicaShell = line::ReplicaActor::extend<caf::reacts_to<ReplicaSaid>, caf::reacts_to<CheckpointDue>>;

struct ReplicaActorState {
  static inline const char* name = "replica";
  using Self = ReplicaShell::stateful_base<ReplicaActorState>;

  ReplicaActorConfig config;
  ReplicaRegister replicas;
  uint64_t replica_changes_told = 0;
  std::optional<Certification> certification;  // once the log has begun
  std::string last_word;                       // text of the note that was made durable last
  std::string divergence_logged;
  uint64_t appended_position = 0;
  uint64_t covered_position = 0;    // by the newest certificate
  uint64_t certified_position = 0;  // told to the line
  uint64_t wanted_position = 0;     // of the card that waits for a certificate
  uint64_t asked_position = 0;      // up to which that was asked for, since the last tick
  line::LineActor line;
  std::unique_ptr<bus::Subscription> subscription;
  std::shared_ptr<std::atomic<size_t>> notes_waiting = std::make_shared<std::atomic<size_t>>(0);

  uint64_t now_s() const { return static_cast<uint64_t>(config.clock->unix_ms() / 1000); }

  // ---- appending

  Status append(const line::AppendGroup& group) {
    Group entries;
    for (const auto& message : *group.messages) {
      if (message.admitted) {
        entries.admitted.push_back(admitted_entry(message, config.epoch));
        replicas.apply(message.message->predicate);
      } else {
        entries.refused.push_back(refused_entry(message, config.epoch));
      }
    }
    entries.next = {config.epoch, group.position + 1};
    if (!group.snapshot.empty()) entries.snapshot = group.snapshot;
    TCPS_TRY(config.store->append(entries));
    appended_position = group.position;
    return {};
  }

  // ---- certifying

  Status begin_certification() {
    const auto head = config.store->head();
    if (certification || head.size == 0) return {};
    Certification::Config begun;
    begun.origin = tlog::checkpoint_origin(config.line, head.genesis);
    begun.node = config.node.str();
    begun.signer = config.signer;
    begun.root_at = [store = config.store](uint64_t size) { return store->root(size); };
    auto word = TCPS_TRY(tlog::read_last_word(config.folder));
    if (word) begun.signed_head = {word->checkpoint.size, word->checkpoint.root};
    auto newest = config.store->latest_checkpoint();
    if (!newest && newest.error().code != ErrorCode::not_found) return fail(newest.error());
    if (newest) begun.certificate = std::move(*newest);
    certification.emplace(std::move(begun));
    if (certification->certified_size() > 0) {
      TCPS_TRY(cover(certification->certified_size()));
    }
    return {};
  }

  // The log has grown to the store's head.
  Status reached(Self* self) {
    TCPS_TRY(begin_certification());
    if (!certification) return {};
    std::optional<ReplicaSet> changed;
    if (replicas.changes() != replica_changes_told) changed = replicas.set();
    replica_changes_told = replicas.changes();
    const auto head = config.store->head();
    return carry_out(self, certification->reached({head.size, head.root}, changed, now_s()));
  }

  void listen_to_line() {
    auto [proposer, diverged] = config.line_view->read([](const line::LineState& state) {
      return std::pair(state.holder(Role::supervisor).node, state.diverged());
    });
    certification->line_says(proposer, diverged);
  }

  // A card at that position waits: asked of the replicas once its group is synced.
  Status wanted(Self* self, uint64_t position) {
    wanted_position = std::max(wanted_position, position);
    const bool due = wanted_position <= appended_position && wanted_position > certified_position;
    if (!certification || !due || asked_position >= wanted_position) return {};
    asked_position = wanted_position;
    return want_size(self, config.store->head().size, true);
  }

  Status want_size(Self* self, uint64_t size, bool by_own) {
    if (!certification) return {};
    listen_to_line();
    auto done = carry_out(self, certification->wanted(size, by_own));
    tell_certified(self);
    return done;
  }

  Status tick(Self* self) {
    if (!certification) return {};
    asked_position = 0;
    listen_to_line();
    auto done = carry_out(self, certification->tick());
    tell_certified(self);
    return done;
  }

  Status heard(Self* self, const ReplicaSaid& said) {
    if (said.what == "wanted") return want_size(self, said.wanted_size, false);
    if (!certification) return {};
    if (said.what == "proposed") return carry_out(self, certification->proposal(*said.note, now_s()));
    if (said.what == "cosigned") return carry_out(self, certification->cosignature(*said.note));
    if (said.what == "certified") return carry_out(self, certification->certificate(*said.note));
    return {};
  }

  Status carry_out(Self* self, Certification::Outcome outcome) {
    if (!outcome && outcome.error().code == ErrorCode::unavailable) {
      // The signer is away: asked again at the next interval, and until then nothing is signed here.
      spdlog::warn("ledger of {}: nothing is signed: {}", config.line.str(), outcome.error().message);
      return {};
    }
    if (!outcome) return fail(outcome.error());
    for (const auto& action : *outcome) {
      TCPS_TRY(std::visit([&](const auto& one) { return carry_out(self, one); }, action));
    }
    return {};
  }

  Status carry_out(Self*, const SendProposal& action) { return send_word("proposed", action.note); }
  Status carry_out(Self*, const SendCosignature& action) { return send_word("cosigned", action.note); }

  Status carry_out(Self*, const AskProposer& action) {
    config.bus->send(checkpoint_subject(config.line, "wanted"), std::to_string(action.size));
    return {};
  }

  Status carry_out(Self*, const SendCertificate& action) {
    config.bus->send(checkpoint_subject(config.line, "certified"), action.checkpoint.note.encode());
    return {};
  }

  Status carry_out(Self* self, const Certify& action) {
    TCPS_TRY(config.store->add_checkpoint(action.checkpoint));
    if (action.own)
      config.bus->send(checkpoint_subject(config.line, "certified"), action.checkpoint.note.encode());
    TCPS_TRY(cover(action.checkpoint.checkpoint.size));
    tell_certified(self);
    return {};
  }

  Status carry_out(Self*, const RaiseDivergence& action) {
    if (std::exchange(divergence_logged, action.sentence) != action.sentence)
      spdlog::critical("line {}: {}", config.line.str(), action.sentence);
    proto::AndonRaised call;
    *call.mutable_log() = config.line_view->read([&](const line::LineState& state) {
      return line::log_origin(config.line, state.genesis(), state.position());
    });
    call.set_andon_id("andon-diverged-" + std::to_string(action.size));
    call.set_kind(std::string(to_string(AndonKind::diverged)));
    call.set_severity(std::string(to_string(Severity::critical)));
    call.set_reason(action.sentence);
    call.set_raised_by(config.node.str());
    call.set_raised_at(to_iso8601(config.clock->unix_ms()));
    auto sealed = line::seal_predicate(config.line, call, {}, {}, *config.signer);
    if (!sealed) return {};  // called again at the next interval
    config.bus->publish({config.stream, sealed->subject, std::move(sealed->bytes), {}, std::nullopt},
                        [](auto) {});
    return {};
  }

  // A word that could be forgotten would not bind.
  Status send_word(std::string_view what, const tlog::SignedCheckpoint& note) {
    if (note.note.text != last_word) {
      TCPS_TRY(tlog::write_last_word(config.folder, note));
      last_word = note.note.text;
    }
    config.bus->send(checkpoint_subject(config.line, what), note.note.encode());
    return {};
  }

  Status cover(uint64_t size) {
    if (size >= config.store->head().size) {
      covered_position = appended_position;
      return {};
    }
    auto next = TCPS_TRY(config.store->entry(size));
    covered_position = next.sequence() - 1;
    return {};
  }

  void tell_certified(Self* self) {
    if (certification->certified_size() == certification->head().size) covered_position = appended_position;
    if (!line || covered_position <= certified_position) return;
    certified_position = covered_position;
    self->send(line, line::Certified{certified_position});
  }

  void end_on_error(Self* self, const Status& status) {
    if (status) return;
    spdlog::critical("ledger of {}: {}", config.line.str(), status.error().message);
    self->quit(caf::make_error(caf::sec::runtime_error, status.error().message));
  }

  Status subscribe(Self* self) {
    auto weak = caf::actor_cast<caf::actor_addr>(self);
    auto listened = TCPS_TRY(config.bus->subscribe(checkpoint_wildcard(config.line), "",
                                                   [weak, waiting = notes_waiting](bus::Message message) {
                                                     if (*waiting >= notes_waiting_max) return;
                                                     auto said = parse_said(message);
                                                     auto strong = caf::actor_cast<ReplicaShell>(weak);
                                                     if (!said || !strong) return;
                                                     ++*waiting;
                                                     caf::anon_send(strong, std::move(*said));
                                                   }));
    subscription = std::move(listened);
    return {};
  }
};

static ReplicaShell::behavior_type replica_behavior(ReplicaActorState::Self* self, ReplicaActorConfig config,
                                                    ReplicaRegister replicas) {
  auto& state = self->state;
  state.config = std::move(config);
  state.replicas = std::move(replicas);
  const auto next = state.config.store->head().next.sequence;
  state.appended_position = next == 0 ? 0 : next - 1;
  state.end_on_error(self, state.subscribe(self));
  state.end_on_error(self, state.reached(self));
  self->delayed_send(self, state.config.checkpoint_interval, CheckpointDue{});
  return {
      [self](const line::AppendGroup& group) {
        auto& state = self->state;
        state.line = group.line;
        auto status = state.append(group);
        if (status) {
          self->send(group.line, line::Appended{group.position});
          status = state.reached(self);
          if (status) status = state.wanted(self, 0);
        }
        state.end_on_error(self, status);
      },
      [self](const line::CertificateWanted& wanted) {
        auto& state = self->state;
        state.line = wanted.line;
        state.end_on_error(self, state.wanted(self, wanted.position));
      },
      [self](const ReplicaSaid& said) {
        auto& state = self->state;
        --*state.notes_waiting;
        state.end_on_error(self, state.heard(self, said));
      },
      [self](const CheckpointDue&) {
        auto& state = self->state;
        state.end_on_error(self, state.tick(self));
        self->delayed_send(self, state.config.checkpoint_interval, CheckpointDue{});
      },
  };
}

line::ReplicaActor spawn_replica(caf::actor_system& system, ReplicaActorConfig config) {
  auto replicas = config.line_view->read(registered_replicas);
  return system.spawn<caf::detached>(replica_behavior, std::move(config), std::move(replicas));
}

}  // namespace tcps::ledger
