#include "nodes/engine/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace tcps::engine {
namespace {

using std::chrono::milliseconds;

stages::QueryJob query(const std::string& name, int64_t timeout_ms) {
  return {name, name + ".rq", "", timeout_ms, false};
}

TEST(Watchdog, BitesTheQueryThatOverstays) {
  std::promise<std::string> bitten;
  Watchdog watchdog(milliseconds(5), [&](const stages::QueryJob& query) { bitten.set_value(query.name); });
  watchdog.watch(query("quick", 60'000));
  watchdog.watch(query("slow", 5));
  auto name = bitten.get_future();
  ASSERT_EQ(name.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(name.get(), "slow");
}

TEST(Watchdog, LeavesQueriesAloneThatEnd) {
  std::atomic<int> bites = 0;
  {
    Watchdog watchdog(milliseconds(0), [&](const stages::QueryJob&) { ++bites; });
    watchdog.watch(query("a", 30));
    watchdog.rest();
    std::this_thread::sleep_for(milliseconds(60));
    watchdog.watch(query("b", 60'000));
  }
  EXPECT_EQ(bites, 0);
}

}  // namespace
}  // namespace tcps::engine
