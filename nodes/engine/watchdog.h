// Ends the process when a query overstays. The SPARQL engine asks for its deadline only between triples;
// sorting or a regular expression in between can take any time, so the process is what bounds it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "actors/stages/knowledge/jobs.h"

namespace tcps::engine {

class Watchdog {
 public:
  // `bite` is called once, on the watchdog's thread, when a query runs `grace` beyond its timeout. It must
  // end the process.
  using Bite = std::function<void(const stages::QueryJob& query)>;
  Watchdog(std::chrono::milliseconds grace, Bite bite);
  ~Watchdog();

  void watch(const stages::QueryJob& query);  // from now on; replaces the query before
  void rest();

 private:
  void run();

  const std::chrono::milliseconds grace_;
  const Bite bite_;
  std::mutex mutex_;
  std::condition_variable changed_;
  stages::QueryJob query_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  bool ended_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tcps::engine
