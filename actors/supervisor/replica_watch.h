// Which replica the supervisor ejects: one that has been silent for longer than a laggard is waited for. It
// would hold back the trim of the stream and, with others, the certification of checkpoints. Once it is back
// it registers itself again.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "actors/line/fold/line_state.h"
#include "actors/line/following/peers.h"

namespace tcps::supervisor {

class ReplicaWatch {
 public:
  explicit ReplicaWatch(std::chrono::milliseconds silence_max) : silence_max_(silence_max) {}

  // The replica to eject now, one at a time; never `self`. A replica that was never heard of is silent since
  // it was first seen here.
  std::optional<std::string> step(const line::LineState& line, const line::Peers& peers,
                                  const std::string& self, int64_t now_ms);

 private:
  std::chrono::milliseconds silence_max_;
  std::map<std::string, int64_t> first_seen_;
  std::map<std::string, int64_t> asked_;
};

}  // namespace tcps::supervisor
