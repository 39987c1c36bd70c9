#include "nodes/tcpsd/services/query_actor.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <caf/all.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/reply.h"
#include "messages/subjects.h"
#include "nodes/tcpsd/services/micro_service.h"

namespace tcps::node {
namespace {

struct VerdictWanted {
  uint64_t sequence;
  std::string reply_to;
};

constexpr const char* service_name = "tcps-ledger";
constexpr const char* queue_group = "ledger";
constexpr const char* verdict_query = "verdict";
constexpr const char* retention_query = "retention";
constexpr size_t service_id_digits = 22;

std::shared_ptr<MicroService> describe(const QueryConfig& config) {
  MicroServiceInfo info;
  info.name = service_name;
  auto started = std::to_string(config.started_unix_ms);
  info.id =
      Digest::of_parts({config.node.str(), config.line.str(), started}).hex().substr(0, service_id_digits);
  info.version = TCPS_VERSION;
  info.description = "Questions about the line " + config.line.str() +
                     ": what was made, from what, and whether anything was altered";
  info.queue_group = queue_group;
  info.started_unix_ms = config.started_unix_ms;
  info.metadata = {{"line", config.line.str()}, {"node", config.node.str()}};
  auto names = ledger::LedgerQueries::names();
  names.push_back(verdict_query);
  names.push_back(retention_query);
  for (auto name : names) info.endpoints.push_back({std::string(name), ledger_subject(config.line, name)});
  return std::make_shared<MicroService>(std::move(info));
}

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

// With what the query service tells itself.
using QueryShell = line::VerdictAsker::extend<caf::reacts_to<VerdictWanted>>;

struct QueryState {
  static inline const char* name = "query";
  using Self = QueryShell::stateful_base<QueryState>;

  QueryConfig config;
  std::shared_ptr<MicroService> service;
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions;
  std::map<uint64_t, std::string> verdicts;  // token -> reply_to
  uint64_t next_token = 1;
};

namespace {

// What the handlers on the bus's threads need; outlives the actor as long as a query runs.
struct Desk {
  QueryConfig config;
  std::shared_ptr<MicroService> service;
  std::atomic<size_t> under_way = 0;

  void reply(const std::string& reply_to, std::string_view query, Result<nlohmann::json> answer,
             std::chrono::steady_clock::time_point began) {
    service->count(query, std::chrono::steady_clock::now() - began, answer ? nullptr : &answer.error());
    if (answer)
      return config.bus->send(reply_to,
                              answer->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    const auto& error = answer.error();
    config.bus->send_error(reply_to,
                           error_reply(error).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                           error_number(error.code), error.message);
  }
};

// Runs on a thread of the bus.
void take(const std::shared_ptr<Desk>& desk, const QueryShell& self, bus::Message message) {
  if (message.reply_to.empty()) return;
  auto began = std::chrono::steady_clock::now();
  auto query = message.subject.substr(message.subject.rfind('.') + 1);
  auto request = parse_request(message.payload);
  if (!request) return desk->reply(message.reply_to, query, fail(request.error()), began);
  if (query == verdict_query) {
    auto sequence = request->find("sequence");
    if (sequence == request->end() || !sequence->is_number_unsigned()) {
      return desk->reply(message.reply_to, query,
                         fail(ErrorCode::invalid, "verdict: sequence must be a number"), began);
    }
    caf::anon_send(self, VerdictWanted{sequence->get<uint64_t>(), message.reply_to});
    return;
  }
  if (desk->under_way >= desk->config.waiting_max) {
    return desk->reply(message.reply_to, query, fail(ErrorCode::full, "busy: ask again"), began);
  }
  ++desk->under_way;
  desk->config.executor->post(
      [desk, began, query, request = std::move(*request), reply_to = std::move(message.reply_to)] {
        auto answer = query == retention_query ? desk->config.retention(request)
                                               : desk->config.queries->answer(query, request);
        desk->reply(reply_to, query, std::move(answer), began);
        --desk->under_way;
      });
}

Status listen(QueryState& state, const std::string& subject, const std::string& queue,
              bus::MessageHandler handler) {
  auto subscription = state.config.bus->subscribe(subject, queue, std::move(handler));
  if (!subscription) return fail(subscription.error().at(subject));
  state.subscriptions.push_back(std::move(*subscription));
  return {};
}

Status open_service(QueryState& state, const caf::actor_addr& weak) {
  auto desk = std::make_shared<Desk>();
  desk->config = state.config;
  desk->service = state.service;
  auto opened =
      listen(state, ledger_wildcard(state.config.line), queue_group, [weak, desk](bus::Message message) {
        if (auto strong = caf::actor_cast<QueryShell>(weak)) take(desk, strong, std::move(message));
      });
  for (const auto& subject : state.service->subjects()) {
    if (!opened) return opened;
    opened = listen(state, subject, {}, [desk](bus::Message message) {
      auto answer = desk->service->answer(message.subject);
      if (answer && !message.reply_to.empty()) desk->config.bus->send(message.reply_to, answer->dump());
    });
  }
  return opened;
}

}  // namespace

static QueryShell::behavior_type query_behavior(QueryState::Self* self, QueryConfig config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.service = describe(state.config);
  if (auto opened = open_service(state, caf::actor_cast<caf::actor_addr>(self)); !opened) {
    spdlog::error("query service: {}", opened.error().message);
    self->quit(caf::make_error(caf::sec::runtime_error, opened.error().message));
    return QueryShell::behavior_type::make_empty_behavior();
  }
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
        state.service->count(verdict_query, std::chrono::nanoseconds(0), nullptr);
        state.config.bus->send(found->second, reply.dump());
        state.verdicts.erase(found);
      },
  };
}

line::VerdictAsker spawn_query(caf::actor_system& system, QueryConfig config) {
  return system.spawn(query_behavior, std::move(config));
}

}  // namespace tcps::node
