#include "nodes/engine/watchdog.h"

namespace tcps::engine {

using Clock = std::chrono::steady_clock;

Watchdog::Watchdog(std::chrono::milliseconds grace, Bite bite)
    : grace_(grace), bite_(std::move(bite)), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::watch(const stages::QueryJob& query) {
  {
    std::lock_guard lock(mutex_);
    query_ = query;
    deadline_ = Clock::now() + std::chrono::milliseconds(query.timeout_ms) + grace_;
  }
  changed_.notify_one();
}

void Watchdog::rest() {
  std::lock_guard lock(mutex_);
  deadline_ = Clock::time_point::max();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (deadline_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else if (Clock::now() < deadline_) {
      changed_.wait_until(lock, deadline_);
    } else {
      deadline_ = Clock::time_point::max();
      bite_(query_);
    }
  }
}

}  // namespace tcps::engine
