#include "actors/supervisor/role_watch.h"

namespace tcps::supervisor {
namespace {

constexpr int64_t claim_again_ms = 2'000;

}  // namespace

std::optional<uint32_t> RoleWatch::held(const line::LineState& line) const {
  const auto& holder = line.holder(role_);
  if (holder.term == 0 || holder.key_id != key_id_) return std::nullopt;
  return holder.term;
}

std::optional<uint32_t> RoleWatch::claim(const line::LineState& line, const line::Peers& peers,
                                         int64_t now_ms) {
  if (watched_since_ms_ < 0) watched_since_ms_ = now_ms;
  if (line.genesis().empty() || held(line)) return std::nullopt;
  const auto* own = line.keys().find(key_id_);
  if (own == nullptr || !own->has(role_)) return std::nullopt;  // the fold would refuse the claim
  const auto& holder = line.holder(role_);
  const auto* key = line.keys().find(holder.key_id);
  bool vacant =
      key == nullptr || !key->has(role_) || holder.node == node_;  // revoked, or ours by a key of before
  if (!vacant) {
    auto silent = peers.silence(holder.node, now_ms).value_or(now_ms - watched_since_ms_);
    if (silent < line::silent_after_ms) return std::nullopt;
  }
  if (claimed_ms_ >= 0 && now_ms - claimed_ms_ < claim_again_ms) return std::nullopt;
  claimed_ms_ = now_ms;
  return holder.term + 1;
}

}  // namespace tcps::supervisor
