// One thread that runs functions at a time to come: deadlines, renewals, retries of the adapter. Functions
// run one at a time in the order of their times and must not block.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace tcps::bus {

class Timers {
 public:
  using Clock = std::chrono::steady_clock;

  Timers();
  ~Timers();  // stop()
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  void after(Clock::duration delay, std::function<void()> function);  // after stop(): dropped
  // Blocks until the running function has ended; the others are dropped. Not from a function of these timers.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> queue_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tcps::bus
