#include "actors/supervisor/replica_watch.h"

#include <algorithm>

namespace tcps::supervisor {
namespace {

constexpr int64_t eject_again_ms = 5'000;

}  // namespace

std::optional<std::string> ReplicaWatch::step(const line::LineState& line, const line::Peers& peers,
                                              const std::string& self, int64_t now_ms) {
  const auto& replicas = line.replicas();
  std::erase_if(first_seen_, [&](const auto& seen) { return !replicas.contains(seen.first); });
  std::erase_if(asked_, [&](const auto& asked) { return !replicas.contains(asked.first); });
  for (const auto& [node, added] : replicas) {
    const auto seen = first_seen_.emplace(node, now_ms).first->second;
    const auto silence = std::min(now_ms - seen, peers.silence(node, now_ms).value_or(now_ms - seen));
    if (node == self || silence < silence_max_.count()) continue;
    const auto asked = asked_.find(node);
    if (asked != asked_.end() && now_ms - asked->second < eject_again_ms) continue;
    asked_[node] = now_ms;
    return node;
  }
  return std::nullopt;
}

}  // namespace tcps::supervisor
