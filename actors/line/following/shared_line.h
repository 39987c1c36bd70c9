// The node's fold, read by every actor of the node and written by the line actor alone. Readers see a whole
// position, never half of one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <utility>

#include "actors/line/fold/line_state.h"

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

  // Every message up to here is on this node's disk: the fold runs ahead of it by one group at most.
  void set_synced(uint64_t position) {
    {
      std::lock_guard lock(sync_mutex_);
      synced_ = position;
    }
    synced_moved_.notify_all();
  }

  // Blocks until `position` is on this node's disk. False: it was not within `patience`, or the caller was
  // stopped.
  bool await_synced(uint64_t position, const std::stop_token& stop,
                    std::chrono::milliseconds patience) const {
    std::unique_lock lock(sync_mutex_);
    return synced_moved_.wait_for(lock, stop, patience, [&] { return synced_ >= position; });
  }

 private:
  mutable std::shared_mutex mutex_;
  LineState state_;
  std::atomic<uint64_t> certified_{0};
  mutable std::mutex sync_mutex_;
  mutable std::condition_variable_any synced_moved_;
  uint64_t synced_ = 0;
};

}  // namespace tcps::line
