#include "nodes/tcpsd/query_actor.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/subjects.h"

namespace tcps::node {
namespace {

struct VerdictWanted { uint64_t sequence; std::string reply_to; };

std::string error_reply(const Error& error) { return ledger::error_reply(error).dump(); }

Result<nlohmann::json> parse_request(const Bytes& payload) {
  if (payload.empty()) return nlohmann::json::object();
  auto request = parse_json(payload, 8);
  if (request && !request->is_object()) return fail(ErrorCode::invalid, "a query is a JSON object");
  return request;
}

}  // namespace
}  // namespace tcps::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::node::VerdictWanted)

namespace tcps::node {

struct QueryState {
  static inline const char* name = "query";

  QueryConfig config;
  std::unique_ptr<bus::Subscription> subscription;
  std::map<uint64_t, std::string> verdicts;  // token -> reply_to
  uint64_t next_token = 1;
};

namespace {

// Runs on a thread of the bus.
void take(const QueryConfig& config, const std::shared_ptr<std::atomic<size_t>>& under_way, const caf::actor& self, bus::Message message) {
  if (message.reply_to.empty()) return;
  auto query = message.subject.substr(message.subject.rfind('.') + 1);
  auto request = parse_request(message.payload);
  if (!request) return config.bus->send(message.reply_to, error_reply(request.error()));
  if (query == "verdict") {
    auto sequence = request->find("sequence");
    if (sequence == request->end() || !sequence->is_number_unsigned()) {
      return config.bus->send(message.reply_to, error_reply({ErrorCode::invalid, "verdict: sequence must be a number"}));
    }
    caf::anon_send(self, VerdictWanted{sequence->get<uint64_t>(), message.reply_to});
    return;
  }
  if (*under_way >= config.waiting_max) return config.bus->send(message.reply_to, error_reply({ErrorCode::full, "busy: ask again"}));
  ++*under_way;
  config.executor->post([bus = config.bus, queries = config.queries, under_way, query, request = std::move(*request),
                         reply_to = std::move(message.reply_to)] {
    auto answer = queries->answer(query, request);
    bus->send(reply_to, answer ? answer->dump() : error_reply(answer.error()));
    --*under_way;
  });
}

}  // namespace

static caf::behavior query_behavior(caf::stateful_actor<QueryState>* self, QueryConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  auto weak = caf::actor_cast<caf::actor_addr>(self);
  auto under_way = std::make_shared<std::atomic<size_t>>(0);
  auto subscription = state.config.bus->subscribe(ledger_wildcard(state.config.line), "ledger",
                                                  [weak, under_way, config = state.config](bus::Message message) {
                                                    if (auto strong = caf::actor_cast<caf::actor>(weak)) {
                                                      take(config, under_way, strong, std::move(message));
                                                    }
                                                  });
  if (!subscription) {
    spdlog::error("query service: {}", subscription.error().message);
    self->quit(caf::make_error(caf::sec::runtime_error, subscription.error().message));
    return {};
  }
  state.subscription = std::move(*subscription);
  return {
      [self](const VerdictWanted& wanted) {
        auto& state = self->state;
        auto token = state.next_token++;
        state.verdicts[token] = wanted.reply_to;
        self->send(state.config.line_actor, line::AskVerdict{wanted.sequence, token, self});
      },
      [self](const line::VerdictAnswer& answer) {
        auto& state = self->state;
        auto found = state.verdicts.find(answer.token);
        if (found == state.verdicts.end()) return;
        nlohmann::json reply{{"admitted", answer.admitted}, {"reason", answer.reason}};
        state.config.bus->send(found->second, reply.dump());
        state.verdicts.erase(found);
      },
  };
}

caf::actor spawn_query(caf::actor_system& system, QueryConfig config) { return system.spawn(query_behavior, std::move(config)); }

}  // namespace tcps::node
