// Measures a line whose procedures do nothing: what the factory itself costs per work order, with signatures,
// fold and synced ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "messages/ids.h"
#include "messages/keys.h"
#include "messages/result.h"

namespace tcps::cli {

// line.toml of the line under measurement.
std::string bench_standard_work(const std::string& line_name, uint64_t work_orders);

struct BenchTarget {
  bus::Bus* bus = nullptr;
  LineName line;
  std::vector<int64_t> pids;  // of tcpsd and its nats-server: whose CPU time and memory count
};

struct BenchFigures {
  uint64_t work_orders = 0;
  double seconds = 0;  // first demand sent to last work order done
  double work_orders_per_second = 0;
  double idle_ms_median = 0;  // one work order alone, demand to done
  double idle_ms_p99 = 0;
  double cpu_ms_per_work_order = 0;
  std::vector<double> chunk_cpu_ms;  // CPU per work order of each tenth, in order: flat means no growth
  uint64_t resident_bytes_max = 0;   // of tcpsd
  uint64_t message_bytes = 0;        // of a work order's last message, on average
};

// Blocks. The product must be in force. `progress` hears how many are done. Errors: timeout when the line
// stands still for a minute; refused when demand is refused for good.
Result<BenchFigures> bench_line(const BenchTarget& target, uint64_t work_orders, uint64_t idle_work_orders,
                                const std::function<void(uint64_t done)>& progress);

// Blocks until the processes have done what they left for later and use next to no CPU; for 20 s at most.
void settle(const BenchTarget& target);

}  // namespace tcps::cli
