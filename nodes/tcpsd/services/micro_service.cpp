#include "nodes/tcpsd/services/micro_service.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "messages/iso8601.h"
#include "messages/reply.h"

namespace tcps::node {
namespace {

using nlohmann::json;

constexpr std::string_view prefix = "$SRV.";
constexpr std::array<std::string_view, 3> verbs = {"PING", "INFO", "STATS"};
constexpr size_t last_error_bytes_max = 256;

}  // namespace

std::vector<std::string> MicroService::subjects() const {
  std::vector<std::string> subjects;
  for (std::string_view verb : verbs) {
    subjects.push_back(fmt::format("{}{}", prefix, verb));
    subjects.push_back(fmt::format("{}{}.{}", prefix, verb, info_.name));
    subjects.push_back(fmt::format("{}{}.{}.{}", prefix, verb, info_.name, info_.id));
  }
  return subjects;
}

std::optional<json> MicroService::answer(std::string_view subject) const {
  for (std::string_view verb : verbs) {
    const std::string all = fmt::format("{}{}", prefix, verb);
    const std::string named = all + "." + info_.name;
    if (subject != all && subject != named && subject != named + "." + info_.id) continue;
    if (verb == "PING") return head("ping");
    return verb == "INFO" ? info() : stats();
  }
  return std::nullopt;
}

void MicroService::count(std::string_view endpoint, std::chrono::nanoseconds took, const Error* error) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < counters_.size(); ++i) {
    if (info_.endpoints[i].name != endpoint) continue;
    Counters& counters = counters_[i];
    ++counters.requests;
    counters.nanoseconds += static_cast<uint64_t>(took.count());
    if (error == nullptr) return;
    ++counters.errors;
    counters.last_error =
        fmt::format("{}:{}", error_number(error->code), error->message.substr(0, last_error_bytes_max));
  }
}

json MicroService::head(const char* type) const {
  return {{"name", info_.name},
          {"id", info_.id},
          {"version", info_.version},
          {"metadata", info_.metadata},
          {"type", fmt::format("io.nats.micro.v1.{}_response", type)}};
}

json MicroService::info() const {
  json reply = head("info");
  reply["description"] = info_.description;
  reply["endpoints"] = json::array();
  for (const MicroEndpoint& endpoint : info_.endpoints) {
    reply["endpoints"].push_back({{"name", endpoint.name},
                                  {"subject", endpoint.subject},
                                  {"queue_group", info_.queue_group},
                                  {"metadata", json::object()}});
  }
  return reply;
}

json MicroService::stats() const {
  json reply = head("stats");
  reply["started"] = to_iso8601(info_.started_unix_ms);
  reply["endpoints"] = json::array();
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < counters_.size(); ++i) {
    const Counters& counters = counters_[i];
    reply["endpoints"].push_back(
        {{"name", info_.endpoints[i].name},
         {"subject", info_.endpoints[i].subject},
         {"queue_group", info_.queue_group},
         {"num_requests", counters.requests},
         {"num_errors", counters.errors},
         {"last_error", counters.last_error},
         {"processing_time", counters.nanoseconds},
         {"average_processing_time", counters.requests == 0 ? 0 : counters.nanoseconds / counters.requests}});
  }
  return reply;
}

}  // namespace tcps::node
