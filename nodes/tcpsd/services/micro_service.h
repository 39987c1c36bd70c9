// What a NATS service tells of itself, so that `nats micro` and other people's tools find it: the answers to
// $SRV.PING, $SRV.INFO and $SRV.STATS in the shapes of NATS ADR-32. A rule without a bus; its counters may be
// written and read from any thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.h"

namespace tcps::node {

struct MicroEndpoint {
  std::string name;  // a-z, 0-9, '-', '_'
  std::string subject;
};

struct MicroServiceInfo {
  std::string name;     // a-z, 0-9, '-', '_'
  std::string id;       // of this instance: a token, unlike that of any other
  std::string version;  // semantic
  std::string description;
  std::string queue_group;
  int64_t started_unix_ms = 0;
  std::map<std::string, std::string> metadata;
  std::vector<MicroEndpoint> endpoints;
};

class MicroService {
 public:
  explicit MicroService(MicroServiceInfo info) : info_(std::move(info)), counters_(info_.endpoints.size()) {}

  // What to listen to, without a queue group: every instance answers for itself.
  std::vector<std::string> subjects() const;
  // The answer to a request on one of these subjects; nothing when it is not for this service.
  std::optional<nlohmann::json> answer(std::string_view subject) const;

  // Counts a request of an endpoint that took this long. Names that are no endpoint are not counted.
  void count(std::string_view endpoint, std::chrono::nanoseconds took, const Error* error);

 private:
  struct Counters {
    uint64_t requests = 0, errors = 0, nanoseconds = 0;
    std::string last_error;
  };

  nlohmann::json head(const char* type) const;
  nlohmann::json info() const;
  nlohmann::json stats() const;

  const MicroServiceInfo info_;
  mutable std::mutex mutex_;
  std::vector<Counters> counters_;  // by endpoint; guarded by mutex_
};

}  // namespace tcps::node
