// How far the line's stream may be cut off: below what every registered replica has synced, below what is
// certified (a replica that rebuilds from a peer starts there) and below every open card.
#pragma once

#include <algorithm>

#include "actors/line/fold/line_state.h"
#include "actors/line/following/peers.h"

namespace tcps::supervisor {

// The first sequence to keep; 0 when nothing may go, as when a replica has not been heard of.
inline uint64_t trim_below(const line::LineState& line, const line::Peers& peers, uint64_t certified) {
  if (line.replicas().empty()) return 0;
  auto keep = std::min({line.lowest_open_card(), line.position(), certified});
  for (const auto& [node, added] : line.replicas()) {
    auto synced = peers.synced(node);
    if (!synced) return 0;
    keep = std::min(keep, *synced);
  }
  return keep;
}

}  // namespace tcps::supervisor
