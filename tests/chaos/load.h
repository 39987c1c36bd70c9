// Demand that comes all the while: a publisher of its own, that asks again until it is answered, and keeps a
// bounded number of work orders in the line.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/factory_process.h"

namespace tcps::test {

class Load {
 public:
  Load(const std::string& bus_url, const std::string& line, const std::string& operator_key,
       int work_orders_max)
      : publisher_(bus_url, line, operator_key), thread_([this, work_orders_max] { run(work_orders_max); }) {}
  ~Load() { stop(); }

  // The work orders that were accepted.
  std::vector<std::string> stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return accepted_;
  }
  // What the line answered when it accepted nothing although it should have. Empty: it always did.
  std::string refusal() const {
    const std::lock_guard lock(mutex_);
    return refusal_;
  }

 private:
  void run(int work_orders_max) {
    for (int i = 0; i < work_orders_max && wait_for_room(); ++i) {
      const auto reply = publisher_.demand("load-" + std::to_string(i));
      if (!reply.contains("work_order")) {
        const std::lock_guard lock(mutex_);
        refusal_ = reply.dump();
        continue;
      }
      accepted_.push_back(reply["work_order"]);
    }
  }

  // False when told to stop.
  bool wait_for_room() {
    const auto has_room = [this] {
      return accepted_.size() < publisher_.ask("status").value("done", size_t{0}) + in_line_max;
    };
    while (!stopping_ && !has_room()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return !stopping_;
  }

  static constexpr size_t in_line_max = 30;

  Operator publisher_;
  std::vector<std::string> accepted_;  // the thread's, until it is joined
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;  // guards refusal_
  std::string refusal_;
  std::thread thread_;
};

}  // namespace tcps::test
