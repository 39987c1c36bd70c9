// What ten durable hops cost with nothing but the bus: the yardstick for what the factory adds. On a scratch
// stream each work order is published to the first of `hops` durable consumers; each consumer publishes it to
// the next, waits for the acknowledgement of that and only then acknowledges its own delivery; a following
// reads the whole stream beside it. Nothing is signed, checked or kept.
#pragma once

#include "bus/bus.h"

namespace tcps::cli {

struct BareHopsOptions {
  size_t work_orders = 5'000;
  int hops = 10;
  size_t payload_bytes = 1'024;
  size_t in_flight = 256;            // work orders under way at once; 1 measures one alone
  int credit = 64;                   // of each consumer
  bus::Milliseconds limit{120'000};  // gives up after this
};

struct BareHopsReport {
  double work_orders_per_second = 0;
  bus::Milliseconds elapsed{0};
  double latency_ms_median = 0;  // from the first publish to the last stored hop
  double latency_ms_p99 = 0;
  size_t followed = 0;     // messages the following saw; all of them
  size_t redelivered = 0;  // deliveries that were not the first
};

// Blocks. Makes and removes the stream TCPS_BENCH_HOPS. Errors: unavailable, timeout (the limit was reached),
// full.
Result<BareHopsReport> run_bare_hops(bus::Bus& bus, const BareHopsOptions& options);

}  // namespace tcps::cli
