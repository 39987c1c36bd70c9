#include "nodes/tcps/bench/bare_hops.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "bus/nats/nats_server.h"
#include "nodes/wiring/bus_connection.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::cli {
namespace {

class BareHopsBench : public ::testing::Test {
 protected:
  void SetUp() override {
    bus::NatsServerOptions options;
    options.store_folder = folder_.path();
    options.candidates = {test::programs_folder() + "/nats-server/nats-server"};
    auto server = bus::NatsServerProcess::start(options);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    wiring::BusAddress address;
    address.url = server_->url();
    auto bus = wiring::connect_bus(address);
    ASSERT_TRUE(bus) << bus.error().message;
    bus_ = std::move(*bus);
  }
  void TearDown() override {
    bus_.reset();
    server_.reset();
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<bus::NatsServerProcess> server_;
  std::unique_ptr<bus::Bus> bus_;
};

TEST_F(BareHopsBench, CountsEveryHopOnceAndLeavesNoStream) {
  auto report = run_bare_hops(
      *bus_, {.work_orders = 300, .hops = 4, .payload_bytes = 256, .in_flight = 32, .credit = 8});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->followed, 300u * 5);
  EXPECT_EQ(report->redelivered, 0u);
  EXPECT_GT(report->work_orders_per_second, 0);
  EXPECT_GT(report->latency_ms_median, 0);
  EXPECT_GE(report->latency_ms_p99, report->latency_ms_median);
  EXPECT_EQ(bus_->stream_info("TCPS_BENCH_HOPS").error().code, ErrorCode::not_found);
}

TEST_F(BareHopsBench, WithoutAServerItSaysSo) {
  server_->kill_hard();
  auto report = run_bare_hops(*bus_, {.work_orders = 1, .limit = bus::Milliseconds(500)});
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().code == ErrorCode::unavailable || report.error().code == ErrorCode::timeout);
}

TEST_F(BareHopsBench, RefusesNothingToDo) {
  EXPECT_EQ(run_bare_hops(*bus_, {.work_orders = 0}).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps::cli
