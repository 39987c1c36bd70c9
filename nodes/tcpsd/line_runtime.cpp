#include "nodes/tcpsd/line_runtime.h"

#include <spdlog/spdlog.h>

#include <caf/all.hpp>
#include <future>

#include "messages/subjects.h"
#include "nodes/tcpsd/identity.h"
#include "nodes/tcpsd/keeper_actor.h"

namespace tcps::node {

struct LineRuntime::Impl {
  KeeperConfig keeper_config;
  caf::actor keeper;
};

namespace {

constexpr uint32_t first_epoch = 1;  // the epoch of a stream rises when a lost bus is refed from the ledgers

// Begins the log when the stream is empty and this node may; checks the pinned genesis otherwise.
Status ensure_genesis(const NodeContext& context, const LineConfig& config, const std::string& stream, const bus::StreamInfo& info) {
  if (info.last_sequence == 0 && config.found) {
    if (!context.operator_key) return fail(ErrorCode::refused, "line " + config.name.str() + ": founding it needs the operator's key");
    auto genesis = make_genesis(config.name, context.config->id, context.node_key->public_key(), *context.operator_key, context.clock->unix_ms());
    if (!genesis) return fail(genesis.error());
    auto message = LineMessage::decode(*genesis);
    auto subject = message ? subject_of(config.name, message->predicate) : Result<std::string>(fail(message.error()));
    if (!subject) return fail(subject.error());
    std::promise<Result<bus::PublishAck>> answered;
    context.bus->publish({stream, *subject, *genesis, {}, 0}, [&](Result<bus::PublishAck> ack) { answered.set_value(std::move(ack)); });
    auto ack = answered.get_future().get();
    if (!ack && ack.error().code != ErrorCode::conflict) return fail(ack.error().at("genesis"));
  }
  if (config.genesis.empty()) return {};
  auto first = context.bus->message_at(stream, 1);
  if (!first) return {};  // trimmed, or not there yet: the fold tells
  auto message = LineMessage::decode(first->payload);
  if (message && message->payload_digest.to_string() == config.genesis) return {};
  return fail(ErrorCode::corrupt, "stream " + stream + " does not begin with the pinned genesis " + config.genesis);
}

}  // namespace

LineRuntime::LineRuntime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<LineRuntime>> LineRuntime::start(const NodeContext& context, const LineConfig& config) {
  auto impl = std::make_unique<Impl>();
  auto& keeper = impl->keeper_config;
  keeper.node = context;
  keeper.line = config;
  keeper.stream = stream_name(config.name, first_epoch);
  bus::StreamConfig stream;
  stream.name = keeper.stream;
  stream.subjects = {work_wildcard(config.name), event_wildcard(config.name)};
  stream.bytes_max = context.config->stream_bytes_max;
  stream.replicas = static_cast<int>(context.config->bus_replicas);
  auto info = context.bus->ensure_stream(stream);
  if (!info) return fail(info.error());
  auto log = open_line_log(context.config->data_folder, config.name);
  if (!log) return fail(log.error());
  keeper.log = std::move(*log);
  if (auto same = check_stream(*context.bus, keeper.stream, *keeper.log.store); !same) return fail(same.error());
  if (auto begun = ensure_genesis(context, config, keeper.stream, *info); !begun) return fail(begun.error());
  auto artifacts = context.bus->objects(object_bucket(config.name), context.config->objects_bytes_max, static_cast<int>(context.config->bus_replicas));
  if (!artifacts) return fail(artifacts.error());
  keeper.artifacts = std::move(*artifacts);
  keeper.peers = std::make_shared<supervisor::Peers>();
  keeper.queries = std::make_shared<ledger::LedgerQueries>(*keeper.log.store, *keeper.log.line, keeper.peers.get(),
                                                           [clock = context.clock] { return clock->boot_ms(); });
  keeper.query_executor = std::make_shared<ThreadPool>(2);
  impl->keeper = spawn_keeper(*context.system, keeper);
  return std::unique_ptr<LineRuntime>(new LineRuntime(std::move(impl)));
}

LineRuntime::~LineRuntime() { stop(); }

void LineRuntime::stop() {
  if (!impl_->keeper) return;
  caf::scoped_actor self(*impl_->keeper_config.node.system);
  self->monitor(impl_->keeper);
  self->send(impl_->keeper, KeeperStop{});
  self->receive([](const caf::down_msg&) {});
  impl_->keeper = nullptr;
}

const LineName& LineRuntime::line() const { return impl_->keeper_config.line.name; }

std::string LineRuntime::genesis() const {
  return impl_->keeper_config.log.line->read([](const line::LineState& state) { return state.genesis(); });
}

}  // namespace tcps::node
