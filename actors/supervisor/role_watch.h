// When a node claims a role: nobody holds it by a key that counts, or its holder has been silent too long.
// The claim is a message; the fold decides who won.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/line/fold/line_state.h"
#include "actors/line/following/peers.h"

namespace tcps::supervisor {

class RoleWatch {
 public:
  RoleWatch(Role role, std::string node, std::string key_id)
      : role_(role), node_(std::move(node)), key_id_(std::move(key_id)) {}

  // The term to claim now, or nothing.
  std::optional<uint32_t> claim(const line::LineState& line, const line::Peers& peers, int64_t now_ms);
  // The term this node holds the role with, or nothing.
  std::optional<uint32_t> held(const line::LineState& line) const;

 private:
  Role role_;
  std::string node_;
  std::string key_id_;
  int64_t watched_since_ms_ = -1;
  int64_t claimed_ms_ = -1;  // last claim, to give the fold time to show it
};

}  // namespace tcps::supervisor
