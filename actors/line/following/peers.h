// What this node has heard of the line's nodes: heartbeats are hints of liveness and never decide what
// counts. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::line {

inline constexpr int64_t heartbeat_interval_ms = 1'000;
inline constexpr int64_t silent_after_ms = 5'000;
inline constexpr size_t peers_max = 1024;

struct Heartbeat {
  std::string node;
  std::string version;
  int64_t started_unix_ms = 0;
  int64_t pid = 0;
  uint64_t folded = 0;  // stream positions
  uint64_t synced = 0;
  std::vector<std::string> stages;  // worked by this node
  std::vector<std::string> pools;
  uint64_t resident_bytes = 0;

  nlohmann::json to_json() const;
  static Result<Heartbeat> parse(BytesView bytes);  // Errors: invalid
};

class Peers {
 public:
  void heard(Heartbeat beat, int64_t now_ms);
  // Milliseconds since the node was heard; nothing when it never was.
  std::optional<int64_t> silence(const std::string& node, int64_t now_ms) const;
  bool pool_alive(const std::string& pool, int64_t now_ms) const;
  std::optional<uint64_t> synced(const std::string& node) const;
  struct Peer {
    Heartbeat beat;
    int64_t heard_ms = 0;
  };
  std::vector<Peer> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Peer> peers_;
};

}  // namespace tcps::line
