#include "actors/ledger/ledger_actor.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>

#include "messages/subjects.h"

namespace tcps::ledger {
namespace {

struct CheckpointDue {};

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
      {epoch, message.position}, message.subject, message.envelope, keys_of(*message.message)};
  if (entry.keys.bucket.empty()) entry.keys.bucket = message.bucket;
  return entry;
}

}  // namespace
}  // namespace tcps::ledger

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::ledger::CheckpointDue)

namespace tcps::ledger {

Result<merkle::NoteKey> checkpoint_key(const LineName& line, const Digest& genesis, const PublicKey& key) {
  return merkle::NoteKey::make(merkle::checkpoint_origin(line, genesis), merkle::NoteKeyType::ed25519, key);
}

struct LedgerActorState {
  static inline const char* name = "ledger";

  LedgerActorConfig config;
  uint64_t checkpointed_size = 0;
  uint64_t appended_position = 0;
  uint64_t certified_position = 0;
  bool certificate_wanted = false;
  caf::actor line;

  Status append(const line::AppendGroup& group) {
    Group entries;
    for (const auto& message : *group.messages) {
      if (message.admitted) {
        entries.admitted.push_back(admitted_entry(message, config.epoch));
      } else {
        entries.refused.push_back(refused_entry(message, config.epoch));
      }
    }
    entries.next = {config.epoch, group.position + 1};
    if (!group.snapshot.empty()) entries.snapshot = group.snapshot;
    auto head = config.store->append(entries);
    if (!head) return fail(head.error());
    appended_position = group.position;
    return {};
  }

  // Signs the head when it has grown, keeps it and tells the line. One replica: its own word is the majority.
  Status checkpoint(caf::stateful_actor<LedgerActorState>* self) {
    auto head = config.store->head();
    certificate_wanted = false;
    if (head.size == checkpointed_size && certified_position == appended_position) return {};
    if (head.size > checkpointed_size) {
      auto key = checkpoint_key(config.line, head.genesis, config.signer->public_key());
      if (!key) return fail(key.error());
      merkle::Checkpoint body{merkle::checkpoint_origin(config.line, head.genesis), head.size, head.root, {}};
      auto checkpoint = merkle::sign_checkpoint(body, *key, *config.signer);
      if (!checkpoint) {  // the signer is away: the next interval asks again, and until then nothing is certified
        spdlog::warn("ledger of {}: no checkpoint: {}", config.line.str(), checkpoint.error().message);
        return {};
      }
      if (auto kept = config.store->add_checkpoint(*checkpoint); !kept) return kept;
      checkpointed_size = head.size;
      config.bus->send(checkpoint_subject(config.line), checkpoint->note.encode());
    }
    certified_position = appended_position;
    self->send(line, line::Certified{appended_position});
    return {};
  }

  void end_on_error(caf::stateful_actor<LedgerActorState>* self, const Status& status) {
    if (status) return;
    spdlog::critical("ledger of {}: {}", config.line.str(), status.error().message);
    self->quit(caf::make_error(caf::sec::runtime_error, status.error().message));
  }
};

static caf::behavior ledger_behavior(caf::stateful_actor<LedgerActorState>* self, LedgerActorConfig config) {
  self->state.config = std::move(config);
  self->state.appended_position = self->state.config.store->head().next.sequence - 1;
  self->delayed_send(self, self->state.config.checkpoint_interval, CheckpointDue{});
  return {
      [self](const line::AppendGroup& group) {
        auto& state = self->state;
        state.line = group.line;
        auto status = state.append(group);
        if (status) {
          self->send(group.line, line::Appended{group.position});
          if (state.certificate_wanted) status = state.checkpoint(self);
        }
        state.end_on_error(self, status);
      },
      [self](const line::CertificateWanted& wanted) {
        auto& state = self->state;
        state.line = wanted.line;
        if (wanted.position > state.appended_position) {
          state.certificate_wanted = true;  // made when the group that holds the card is synced
        } else if (wanted.position > state.certified_position) {
          state.end_on_error(self, state.checkpoint(self));
        }
      },
      [self](const CheckpointDue&) {
        auto& state = self->state;
        if (state.line) state.end_on_error(self, state.checkpoint(self));
        self->delayed_send(self, state.config.checkpoint_interval, CheckpointDue{});
      },
  };
}

caf::actor spawn_ledger(caf::actor_system& system, LedgerActorConfig config) { return system.spawn<caf::detached>(ledger_behavior, std::move(config)); }

}  // namespace tcps::ledger
