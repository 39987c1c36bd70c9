#include "nodes/tcpsd/line_runtime.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>
#include <future>

#include "actors/ledger/replication/line_recovery.h"
#include "actors/ledger/replication/stream_check.h"
#include "messages/subjects.h"
#include "nodes/settings/identity.h"
#include "nodes/tcpsd/keeper_actor.h"

namespace tcps::node {

struct LineRuntime::Impl {
  std::unique_ptr<ledger::ReplicaService> replica_service;
  LineParts parts;
  KeeperActor keeper;
};

namespace {

// Begins the log when the stream is empty and this node may; checks the pinned genesis otherwise.
Status ensure_genesis(const NodeContext& context, const LineConfig& config, const std::string& stream) {
  auto info = TCPS_TRY(context.bus->stream_info(stream));
  if (info.last_sequence == 0 && config.found) {
    if (!context.operator_key)
      return fail(ErrorCode::refused, "line " + config.name.str() + ": founding it needs the operator's key");
    auto genesis = TCPS_TRY(make_genesis(config.name, context.config->id, context.node_key->public_key(),
                                         *context.operator_key, context.clock->unix_ms()));
    auto message = LineMessage::decode(genesis);
    auto subject = TCPS_TRY(message ? subject_of(config.name, message->predicate)
                                    : Result<std::string>(fail(message.error())));
    std::promise<Result<bus::PublishAck>> answered;
    context.bus->publish({stream, subject, genesis, {}, 0},
                         [&](Result<bus::PublishAck> ack) { answered.set_value(std::move(ack)); });
    auto ack = answered.get_future().get();
    if (!ack && ack.error().code != ErrorCode::conflict) return fail(ack.error().at("genesis"));
  }
  if (config.genesis.empty()) return {};
  auto first = context.bus->message_at(stream, 1);
  if (!first) return {};  // trimmed, or not there yet: the fold tells
  auto message = LineMessage::decode(first->payload);
  if (message && message->payload_digest.to_string() == config.genesis) return {};
  return fail(ErrorCode::corrupt,
              "stream " + stream + " does not begin with the pinned genesis " + config.genesis);
}

ledger::RecoveryContext recovery_of(const NodeContext& context, const LineConfig& config,
                                    ledger::ReplicaService& service) {
  ledger::RecoveryContext recovery;
  recovery.bus = context.bus;
  recovery.clock = context.clock;
  recovery.line = config.name;
  recovery.node = context.config->id;
  recovery.signer = context.node_key;
  recovery.data_folder = context.config->data_folder;
  recovery.pinned_genesis = config.genesis;
  recovery.pinned_keys = config.checkpoint_keys;
  recovery.found = config.found;
  recovery.stream.subjects = {work_wildcard(config.name), event_wildcard(config.name)};
  recovery.stream.bytes_max = context.config->stream_bytes_max;
  recovery.stream.replicas = static_cast<int>(context.config->bus_replicas);
  recovery.service = &service;
  recovery.keep_going = context.keep_going;
  return recovery;
}

}  // namespace

LineRuntime::LineRuntime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<LineRuntime>> LineRuntime::start(const NodeContext& context,
                                                        const LineConfig& config) {
  auto impl = std::make_unique<Impl>();
  impl->replica_service = TCPS_TRY(ledger::ReplicaService::start(
      {context.bus, config.name, context.config->id, context.node_key, context.clock}));
  auto ready = TCPS_TRY(ledger::recover_line(recovery_of(context, config, *impl->replica_service)));
  auto& parts = impl->parts;
  parts.node = context;
  parts.line = config;
  parts.stream = ready.stream;
  parts.epoch = ready.epoch;
  parts.log = std::move(ready.log);
  impl->replica_service->serve(parts.log.store);
  if (parts.log.store->head().size == 0) {
    TCPS_TRY(ensure_genesis(context, config, parts.stream));
  }
  parts.artifacts =
      TCPS_TRY(context.bus->objects(object_bucket(config.name), context.config->objects_bytes_max,
                                    static_cast<int>(context.config->bus_replicas)));
  parts.peers = std::make_shared<line::Peers>();
  parts.queries =
      std::make_shared<ledger::LedgerQueries>(*parts.log.store, *parts.log.line, parts.peers.get(),
                                              [clock = context.clock] { return clock->boot_ms(); });
  parts.query_executor = std::make_shared<ThreadPool>(2);
  impl->keeper = spawn_keeper(*context.system, parts);
  for (auto& message : ready.cut_off) {
    context.bus->publish({parts.stream, message.subject, std::move(message.bytes), {}, std::nullopt},
                         [](auto) {});
  }
  return std::unique_ptr<LineRuntime>(new LineRuntime(std::move(impl)));
}

LineRuntime::~LineRuntime() { stop(Stop::in_order); }

Result<bool> LineRuntime::must_recover() {
  const auto& parts = impl_->parts;
  auto next = parts.node.bus->stream_info(stream_name(line(), parts.epoch + 1));
  if (next) return true;
  if (next.error().code != ErrorCode::not_found) return fail(next.error());
  auto finding =
      TCPS_TRY(ledger::look_at_stream(*parts.node.bus, parts.stream, *parts.log.store, parts.log.folder));
  if (finding.state == ledger::StreamState::sound || finding.state == ledger::StreamState::absent)
    return false;
  spdlog::error("line {} is halted: {}", line().str(), finding.reason);
  return true;
}

void LineRuntime::stop(Stop how) {
  if (!impl_->keeper) return;
  caf::scoped_actor self(*impl_->parts.node.system);
  self->monitor(impl_->keeper);
  self->send(impl_->keeper, KeeperStop{how == Stop::at_once});
  self->receive([](const caf::down_msg&) {});
  impl_->keeper = nullptr;
}

const LineName& LineRuntime::line() const { return impl_->parts.line.name; }

std::string LineRuntime::genesis() const {
  return impl_->parts.log.line->read([](const line::LineState& state) { return state.genesis(); });
}

}  // namespace tcps::node
