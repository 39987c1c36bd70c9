#include "actors/ledger/replication/line_recovery.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <thread>

#include "actors/ledger/replication/epoch_opening.h"
#include "actors/ledger/replication/epoch_plan.h"
#include "actors/ledger/replication/log_rebuilding.h"
#include "actors/ledger/replication/stream_check.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "messages/subjects.h"

namespace tcps::ledger {
namespace {

constexpr std::chrono::milliseconds pause{1'000};
constexpr size_t pauses_per_reminder = 15;
constexpr size_t openings_max = 30;

bool is_passing(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

class Recovery {
 public:
  explicit Recovery(const RecoveryContext& context)
      : context_(context), folder_(line_folder(context.data_folder, context.line)) {}

  Result<ReadyLine> run() {
    for (;;) {
      if (!context_.keep_going())
        return fail(ErrorCode::unavailable, "it was stopped before its log could be followed");
      if (!log_) {
        TCPS_TRY(open());
        if (!log_) continue;
      }
      auto ready = step();
      if (!ready && is_passing(ready.error())) {
        wait(ready.error().message);
        continue;
      }
      if (!ready) return fail(ready.error());
      if (*ready) return std::move(ready_);
    }
  }

 private:
  // Leaves log_ empty when it must be tried again.
  Status open() {
    const bool here = std::filesystem::exists(folder_ + "/ledger");
    const bool taken_away = !here && std::filesystem::exists(tlog::outside_checkpoint_path(folder_));
    if (taken_away || (!here && !stream_holds_everything())) {
      auto peer = ask_any_state(*context_.bus, context_.line);
      if (peer) return rebuild(*peer);
      wait(taken_away ? "its store was taken away, and no other replica answers to rebuild it from"
                      : "there is neither a stream nor a replica to get the log from: is the line founded on "
                        "another node?");
      return {};
    }
    auto log = open_line_log(context_.data_folder, context_.line, context_.pinned_keys);
    if (!log && log.error().code == ErrorCode::conflict && ++openings_ < openings_max) {
      wait(log.error().message);  // work of the line as it was stopped may still hold the store
      return {};
    }
    if (!log) return fail(log.error());
    log_ = std::move(*log);
    context_.service->serve(log_->store->head().size > 0 ? log_->store : nullptr);
    return check_genesis();
  }

  // An empty ledger can be filled from the stream, or begins with it.
  bool stream_holds_everything() {
    auto info = context_.bus->stream_info(stream_name(context_.line, 1));
    if (!info) return context_.found && info.error().code == ErrorCode::not_found;
    return info->first_sequence <= 1 && !context_.bus->stream_info(stream_name(context_.line, 2));
  }

  Status check_genesis() const {
    auto genesis = log_->line->read([](const line::LineState& state) { return state.genesis(); });
    if (genesis.empty() || context_.pinned_genesis.empty() || genesis == context_.pinned_genesis) return {};
    return fail(ErrorCode::corrupt,
                fmt::format("the ledger in {} begins with genesis {}, pinned is {}: it is another line's",
                            folder_, genesis, context_.pinned_genesis));
  }

  uint32_t epoch() const {
    return log_->line->read([](const line::LineState& state) { return state.epoch(); });
  }

  // True: ready_ is.
  Result<bool> step() {
    const auto stream = stream_name(context_.line, epoch());
    if (auto next = context_.bus->stream_info(stream_name(context_.line, epoch() + 1)); next)
      return join(*next);
    auto finding = TCPS_TRY(look_at_stream(*context_.bus, stream, *log_->store, folder_));
    switch (finding.state) {
      case StreamState::absent: {
        auto made = TCPS_TRY(make_stream(stream, 1));
        return finish(epoch(), stream, made, log_->follow_from);
      }
      case StreamState::sound:
        TCPS_TRY(make_stream(stream, 1));
        return finish(epoch(), stream, finding.info, log_->follow_from);
      case StreamState::cut_off_above:
        return rebuild_from_any(finding.reason);
      case StreamState::lost:
        break;
    }
    return halted(finding);
  }

  Result<bus::StreamInfo> make_stream(const std::string& name, uint64_t first_sequence) {
    auto config = context_.stream;
    config.name = name;
    config.first_sequence = first_sequence;
    return context_.bus->ensure_stream(config);
  }

  Result<bool> finish(uint32_t epoch, const std::string& stream, const bus::StreamInfo& info, uint64_t from) {
    TCPS_TRY(remember_stream(folder_, info));
    context_.service->set_halted(false);
    log_->follow_from = from;
    ready_ = {std::move(*log_), epoch, stream, std::move(cut_off_)};
    return true;
  }

  // ---- the bus lost messages

  Result<bool> halted(const StreamFinding& finding) {
    context_.service->set_halted(true);
    auto replicas =
        log_->line->read([](const line::LineState& state) { return registered_replicas(state).set(); });
    if (replicas.empty()) replicas[context_.node.str()] = {context_.signer->public_key()};
    auto own = TCPS_TRY(replica_state(*log_->store, context_.node.str(), true));
    own.next.epoch = epoch();
    const auto plan = plan_epoch(own, ask_peers(replicas), replicas, finding.info.last_sequence);
    if (const auto* waiting = std::get_if<WaitForReplicas>(&plan)) {
      wait(fmt::format("{}; {}", finding.reason, waiting->sentence));
    } else if (const auto* peer = std::get_if<LeaveToPeer>(&plan)) {
      wait(fmt::format("{}; {} holds the largest log and opens the next epoch", finding.reason, peer->node));
    } else {
      const auto& open = std::get<OpenEpoch>(plan);
      spdlog::warn("line {}: {}: epoch {} begins from the {} entries held here", context_.line.str(),
                   finding.reason, open.epoch, open.log.size);
      auto fold = TCPS_TRY(copy_of_fold());
      auto opened = open_epoch({context_.bus, context_.stream, &fold, log_->store.get(),
                                context_.signer.get(), context_.node.str(), context_.clock->unix_ms()},
                               open.first_sequence);
      if (!opened) wait(opened.error().message);
    }
    return false;
  }

  Result<line::LineState> copy_of_fold() const {
    return line::LineState::load(context_.line,
                                 log_->line->read([](const line::LineState& state) { return state.save(); }));
  }

  std::vector<ReplicaState> ask_peers(const ReplicaSet& replicas) {
    std::vector<ReplicaState> states;
    for (const auto& [name, keys] : replicas) {
      auto node = NodeId::parse(name);
      if (!node || name == context_.node.str()) continue;
      auto said = ask_state(*context_.bus, context_.line, *node);
      if (said && said->state.node == name && said->signed_by(keys)) states.push_back(std::move(said->state));
    }
    return states;
  }

  // ---- joining an epoch that is open

  Result<bool> join(const bus::StreamInfo& info) {
    auto first = context_.bus->message_at(info.name, info.first_sequence);
    if (!first && is_passing(first.error())) return fail(first.error());
    if (!first && info.messages == 0) return join_empty(info);
    auto begun = first ? read_epoch(*first) : Result<proto::EpochBegun>(fail(first.error()));
    if (!begun) return rebuild_from_any(begun.error().message);
    const uint64_t size = log_->store->head().size;
    const SizedRoot base{begun->size(), *Digest::parse(begun->root())};
    if (size < base.size) return extend_to(base);
    auto own_root = TCPS_TRY(log_->store->root(base.size));
    if (own_root != base.root) {
      return fail(
          ErrorCode::corrupt,
          fmt::format("epoch {} goes on from {} entries with root {}, this replica holds root {}: the logs "
                      "diverge; find out which copy is wrong, remove {}/ledger where it is",
                      begun->epoch(), base.size, base.root.to_string(), own_root.to_string(), folder_));
    }
    if (size == base.size) return finish(begun->epoch(), info.name, info, begun->first_sequence());
    return cut_back_to(base);
  }

  // Whoever made the stream died before the epoch began; or the epoch is old and all of it was trimmed.
  Result<bool> join_empty(const bus::StreamInfo& info) {
    context_.service->serve(nullptr);  // the answer must be another's
    auto peer = ask_any_state(*context_.bus, context_.line);
    context_.service->serve(log_->store);
    if (peer && peer->state.next.epoch > epoch()) return rebuild_from_any("the epoch was trimmed");
    return halted({StreamState::lost, "stream " + info.name + " is empty", info});
  }

  Result<proto::EpochBegun> read_epoch(const bus::Delivery& first) const {
    auto message = TCPS_TRY(LineMessage::decode(first.payload));
    const auto* begun = std::get_if<proto::EpochBegun>(&message.predicate);
    if (begun == nullptr) return fail(ErrorCode::not_found, "the epoch's first message was trimmed");
    const bool good = log_->line->read([&](const line::LineState& state) {
      const auto& signatures = message.envelope.signatures;
      const auto* grant = signatures.size() == 1 ? state.keys().find(signatures[0].key_id) : nullptr;
      return grant != nullptr && (grant->has(Role::replica) || grant->has(Role::operator_)) &&
             verify(message.envelope, 0, grant->key) && begun->epoch() == state.epoch() + 1 &&
             begun->log().genesis() == state.genesis() && Digest::parse(begun->root()).has_value();
    });
    if (!good)
      return fail(ErrorCode::refused, "the epoch's first message is not signed by a replica known here");
    return *begun;
  }

  Result<bool> extend_to(const SizedRoot& base) {
    auto fold = TCPS_TRY(copy_of_fold());
    const auto replicas = registered_replicas(fold).set();
    for (const auto& peer : ask_peers(replicas)) {
      if (peer.head.size < base.size) continue;
      TCPS_TRY(extend_log(page_source(peer.node), *log_->store, std::move(fold), base));
      close();
      return false;
    }
    wait("no replica that answers holds the log that the epoch goes on from");
    return false;
  }

  // What lies beyond was never certified, and nobody else went on from it.
  Result<bool> cut_back_to(const SizedRoot& base) {
    auto certificate = TCPS_TRY(tlog::read_outside_checkpoint(folder_));
    auto word = TCPS_TRY(tlog::read_last_word(folder_));
    for (const auto* note : {&certificate, &word}) {
      if (!*note || (*note)->checkpoint.size <= base.size) continue;
      return fail(
          ErrorCode::corrupt,
          fmt::format("the new epoch goes on from {} entries, and this replica has signed or seen certified "
                      "{}: it truncates nothing that it vouched for; call a person (docs/how-to/recover.md)",
                      base.size, (*note)->checkpoint.size));
    }
    TCPS_TRY(log_->store->entries(base.size, log_->store->head().size, [&](const StoredEntry& stored) {
      if (stored.entry) cut_off_.push_back({stored.entry->subject(), stored.entry->envelope()});
      return true;
    }));
    spdlog::warn(
        "line {}: {} entries were never certified and are not in the new epoch: they are published again",
        context_.line.str(), cut_off_.size());
    auto from_own = [store = log_->store](uint64_t from, uint64_t target) {
      return entry_page(*store, from, target);
    };
    TCPS_TRY(stage_log(from_own, context_.line, folder_, base, std::nullopt, std::nullopt));
    close();
    TCPS_TRY(install_staged(folder_, std::nullopt));
    return false;
  }

  // ---- rebuilding

  PageSource page_source(const std::string& node) {
    return [this, node = NodeId::parse(node)](uint64_t from, uint64_t target) -> Result<Bytes> {
      if (!node) return fail(node.error());
      if (!context_.keep_going()) return fail(ErrorCode::unavailable, "stopped");
      return ask_entries(*context_.bus, context_.line, *node, from, target);
    };
  }

  Result<bool> rebuild_from_any(const std::string& reason) {
    spdlog::warn("line {}: {}: it is rebuilt from a peer", context_.line.str(), reason);
    context_.service->serve(nullptr);  // the answer must be another's
    if (auto peer = ask_any_state(*context_.bus, context_.line)) {
      TCPS_TRY(rebuild(*peer));
    } else {
      wait("no other replica answers to rebuild from");
    }
    if (log_) context_.service->serve(log_->store);
    return false;
  }

  Status rebuild(const SignedReplicaState& peer) {
    if (!peer.state.certificate) {
      wait(fmt::format("{} has no certified checkpoint yet to rebuild from", peer.state.node));
      return {};
    }
    std::optional<Digest> genesis;
    if (!context_.pinned_genesis.empty()) {
      genesis = TCPS_TRY(Digest::parse(context_.pinned_genesis));
    }
    const auto& certificate = *peer.state.certificate;
    const SizedRoot target{certificate.checkpoint.size, certificate.checkpoint.root};
    spdlog::info("line {}: rebuilding {} entries from {}", context_.line.str(), target.size, peer.state.node);
    auto staged =
        stage_log(page_source(peer.state.node), context_.line, folder_, target, certificate, genesis);
    if (!staged) {
      wait(staged.error().message);
      return {};
    }
    close();
    auto installed = install_staged(folder_, certificate);
    if (installed) {
      spdlog::info("line {}: rebuilt {} entries from {}", context_.line.str(), target.size, peer.state.node);
      return {};
    }
    if (installed.error().code != ErrorCode::conflict) return installed;
    wait(installed.error().message);
    return {};
  }

  void close() {
    context_.service->serve(nullptr);
    log_.reset();
  }

  void wait(const std::string& why) {
    if (why != waiting_for_ || ++reminders_ >= pauses_per_reminder) {
      spdlog::warn("line {} waits: {}", context_.line.str(), why);
      reminders_ = 0;
    }
    waiting_for_ = why;
    context_.service->set_waits_for(why);
    std::this_thread::sleep_for(pause);
  }

  const RecoveryContext& context_;
  const std::string folder_;
  std::optional<LineLog> log_;
  std::vector<ReadyLine::Message> cut_off_;
  ReadyLine ready_;
  std::string waiting_for_;
  size_t reminders_ = 0;
  size_t openings_ = 0;
};

}  // namespace

Result<ReadyLine> recover_line(const RecoveryContext& context) { return Recovery(context).run(); }

}  // namespace tcps::ledger
