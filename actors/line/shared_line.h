// The node's fold, read by every actor of the node and written by the line actor alone. Readers see a whole position, never half of one.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "actors/line/line_state.h"

namespace tcps::line {

class SharedLine {
 public:
  explicit SharedLine(LineState state) : state_(std::move(state)) {}

  // `read` must be short and must not keep references into the state.
  template <class Read>
  auto read(Read&& read) const {
    std::shared_lock lock(mutex_);
    return std::forward<Read>(read)(static_cast<const LineState&>(state_));
  }

  // For the line actor.
  template <class Write>
  auto write(Write&& write) {
    std::unique_lock lock(mutex_);
    return std::forward<Write>(write)(state_);
  }

  // Every message up to here is in a certified checkpoint. Knowledge of this node, not of the fold.
  uint64_t certified() const { return certified_; }
  void set_certified(uint64_t position) { certified_ = position; }

 private:
  mutable std::shared_mutex mutex_;
  LineState state_;
  std::atomic<uint64_t> certified_{0};
};

}  // namespace tcps::line
