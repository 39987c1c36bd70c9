#include "actors/line/following/peers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"

namespace tcps::line {

nlohmann::json Heartbeat::to_json() const {
  return {{"node", node},     {"version", version}, {"started_unix_ms", started_unix_ms},
          {"pid", pid},       {"folded", folded},   {"synced", synced},
          {"stages", stages}, {"pools", pools},     {"resident_bytes", resident_bytes}};
}

Result<Heartbeat> Heartbeat::parse(BytesView bytes) {
  if (bytes.size() > 16'384) return fail(ErrorCode::invalid, "heartbeat is longer than 16 KiB");
  auto json = TCPS_TRY(parse_json(bytes));
  try {
    Heartbeat beat;
    beat.node = json.at("node").get<std::string>();
    beat.version = json.at("version").get<std::string>();
    beat.started_unix_ms = json.at("started_unix_ms").get<int64_t>();
    beat.pid = json.at("pid").get<int64_t>();
    for (const char* position :
         {"folded", "synced", "resident_bytes"}) {  // get() would take -1 for the largest of all
      if (!json.at(position).is_number_unsigned())
        return fail(ErrorCode::invalid, std::string("heartbeat: ") + position + " is no count");
    }
    beat.folded = json.at("folded").get<uint64_t>();
    beat.synced = json.at("synced").get<uint64_t>();
    beat.stages = json.at("stages").get<std::vector<std::string>>();
    beat.pools = json.at("pools").get<std::vector<std::string>>();
    beat.resident_bytes = json.at("resident_bytes").get<uint64_t>();
    return beat;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::invalid, std::string("heartbeat: ") + error.what());
  }
}

void Peers::heard(Heartbeat beat, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (peers_.size() >= peers_max && !peers_.contains(beat.node)) return;
  auto node = beat.node;
  peers_[node] = {std::move(beat), now_ms};
}

std::optional<int64_t> Peers::silence(const std::string& node, int64_t now_ms) const {
  std::lock_guard lock(mutex_);
  auto found = peers_.find(node);
  if (found == peers_.end()) return std::nullopt;
  return now_ms - found->second.heard_ms;
}

bool Peers::pool_alive(const std::string& pool, int64_t now_ms) const {
  std::lock_guard lock(mutex_);
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& pair) {
    const auto& pools = pair.second.beat.pools;
    return now_ms - pair.second.heard_ms < silent_after_ms &&
           std::find(pools.begin(), pools.end(), pool) != pools.end();
  });
}

std::optional<uint64_t> Peers::synced(const std::string& node) const {
  std::lock_guard lock(mutex_);
  auto found = peers_.find(node);
  if (found == peers_.end()) return std::nullopt;
  return found->second.beat.synced;
}

std::vector<Peers::Peer> Peers::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Peer> peers;
  for (const auto& [node, peer] : peers_) peers.push_back(peer);
  return peers;
}

}  // namespace tcps::line
