#include "bus/nats/timers.h"

#include <utility>

namespace tcps::bus {

Timers::Timers() : thread_([this] { run(); }) {}

Timers::~Timers() { stop(); }

void Timers::after(Clock::duration delay, std::function<void()> function) {
  const auto due = Clock::now() + delay;
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  const bool first = queue_.empty() || due < queue_.begin()->first;
  queue_.emplace(due, std::move(function));
  if (first) changed_.notify_one();
}

void Timers::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Timers::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (queue_.empty()) {
      changed_.wait(lock);
    } else if (const auto due = queue_.begin()->first; Clock::now() < due) {
      changed_.wait_until(lock, due);
    } else {
      auto function = std::move(queue_.extract(queue_.begin()).mapped());
      lock.unlock();
      function();
      function = nullptr;
      lock.lock();
    }
  }
  auto dropped = std::move(queue_);
  lock.unlock();
}

}  // namespace tcps::bus
