// tcps bench line: the factory's own cost, beside the same hops bare on the same JetStream in the same run.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "messages/subjects.h"
#include "nodes/tcps/bench/bare_hops.h"
#include "nodes/tcps/bench/line_bench.h"
#include "nodes/tcps/run/factory_process.h"
#include "nodes/tcps/run/interruption.h"
#include "nodes/tcps/run/product_source.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

struct BenchOptions {
  uint64_t work_orders = 5'000;
  uint64_t idle = 200;
};

// The bare hops with as many cards in flight and as large messages as the line under measurement has, and
// alone.
struct Bare {
  BareHopsReport bulk;
  BareHopsReport alone;
};

Result<Bare> measure_bare(bus::Bus& bus, const BenchOptions& options, uint64_t message_bytes) {
  BareHopsOptions bulk;
  bulk.work_orders = std::min<uint64_t>(options.work_orders, 10'000);
  bulk.payload_bytes = message_bytes;
  auto in_bulk = run_bare_hops(bus, bulk);
  if (!in_bulk) return fail(in_bulk.error().at("bare hops"));
  BareHopsOptions single;
  single.payload_bytes = message_bytes;
  single.work_orders = options.idle;
  single.in_flight = 1;
  auto alone = run_bare_hops(bus, single);
  if (!alone) return fail(alone.error().at("bare hops"));
  return Bare{*in_bulk, *alone};
}

Status publish_null_product(client::LineAccess& access, bus::Bus& bus, uint64_t work_orders) {
  auto text = bench_standard_work(access.line().str(), work_orders);
  auto objects = TCPS_TRY(bus.objects(object_bucket(access.line()), 0, 1));
  auto digest = Digest::of(text);
  TCPS_TRY(objects->put(digest, text));
  proto::ProductChanged product;
  product.set_standard_work(digest.to_string());
  product.set_sku("bench");
  product.set_wip_limit(256);
  product.set_backlog_limit(20'000);
  product.set_pool("any");
  TCPS_TRY(client::decide(access, product));
  return {};
}

nlohmann::json report(const BenchFigures& line, const Bare& bare) {
  auto ratio = [](double a, double b) { return b > 0 ? a / b : 0.0; };
  return {{"work_orders", line.work_orders},
          {"seconds", line.seconds},
          {"work_orders_per_second", line.work_orders_per_second},
          {"idle_ms_median", line.idle_ms_median},
          {"idle_ms_p99", line.idle_ms_p99},
          {"cpu_ms_per_work_order", line.cpu_ms_per_work_order},
          {"cpu_ms_per_work_order_by_tenth", line.chunk_cpu_ms},
          {"resident_bytes_max", line.resident_bytes_max},
          {"message_bytes", line.message_bytes},
          {"bare_work_orders_per_second", bare.bulk.work_orders_per_second},
          {"bare_idle_ms_median", bare.alone.latency_ms_median},
          {"bare_idle_ms_p99", bare.alone.latency_ms_p99},
          {"throughput_ratio", ratio(line.work_orders_per_second, bare.bulk.work_orders_per_second)},
          {"idle_latency_ratio", ratio(line.idle_ms_median, bare.alone.latency_ms_median)}};
}

void print(view::Output& out, const nlohmann::json& figures) {
  auto number = [&](const char* name) { return figures.at(name).get<double>(); };
  view::Table table({"", "LINE", "BARE HOPS", "RATIO"});
  table.add({"throughput, work orders/s", fmt::format("{:.0f}", number("work_orders_per_second")),
             fmt::format("{:.0f}", number("bare_work_orders_per_second")),
             fmt::format("{:.2f}", number("throughput_ratio"))});
  table.add({"one alone, median ms", fmt::format("{:.2f}", number("idle_ms_median")),
             fmt::format("{:.2f}", number("bare_idle_ms_median")),
             fmt::format("{:.1f}", number("idle_latency_ratio"))});
  table.add({"one alone, p99 ms", fmt::format("{:.2f}", number("idle_ms_p99")),
             fmt::format("{:.2f}", number("bare_idle_ms_p99")), ""});
  table.add({"CPU per work order, ms (node and server)",
             fmt::format("{:.2f}", number("cpu_ms_per_work_order")), "", ""});
  table.add({"peak memory of the node, MiB", fmt::format("{:.0f}", number("resident_bytes_max") / (1 << 20)),
             "", ""});
  out.table(table, "");
  std::string tenths;
  for (const auto& tenth : figures.at("cpu_ms_per_work_order_by_tenth"))
    tenths += fmt::format(" {:.2f}", tenth.get<double>());
  out.text("CPU ms per work order, by tenth of the run:" + tenths);
}

Outcome bench_line_command(Shell& shell, const BenchOptions& options) {
  auto scratch = TCPS_TRY(ScratchFolder::make());
  auto config = TCPS_TRY(write_factory_config(scratch.path(), "bench"));
  auto factory = TCPS_TRY(FactoryProcess::start(scratch.path(), config, false));
  auto ready = TCPS_TRY(factory->wait_ready(std::chrono::seconds(60), [] { return false; }));
  auto access = TCPS_TRY(client::open_line(client::Context{
      .data = scratch.path(), .bus_url = "", .credentials = "", .operator_key = "", .line = "bench"}));
  auto bus = TCPS_TRY(access->bus());
  TCPS_TRY(publish_null_product(*access, *bus, options.work_orders));
  std::fprintf(stderr, "measuring %llu work orders ...\n",
               static_cast<unsigned long long>(options.work_orders));
  BenchTarget target{bus, access->line(), {ready.pid}};
  if (ready.nats_server_pid > 0) target.pids.push_back(ready.nats_server_pid);
  auto figures = TCPS_TRY(
      bench_line(target, options.work_orders, options.idle, [&, tenth = uint64_t{0}](uint64_t done) mutable {
        if (done * 10 / options.work_orders == tenth) return;
        tenth = done * 10 / options.work_orders;
        std::fprintf(stderr, "%llu done\n", static_cast<unsigned long long>(done));
      }));
  settle(target);
  std::fprintf(stderr, "measuring the bare hops with messages of %llu bytes ...\n",
               static_cast<unsigned long long>(figures.message_bytes));
  auto bare = TCPS_TRY(measure_bare(*bus, options, figures.message_bytes));
  auto summary = report(figures, bare);
  shell.out().document(summary);
  if (!shell.out().json) print(shell.out(), summary);
  return Exit::ok;
}

}  // namespace

void add_bench_commands(Shell& shell) {
  auto options = std::make_shared<BenchOptions>();
  auto* group = shell.group("bench", "measure the factory itself");
  auto* command = shell.command(
      group, "line", "work orders with null procedures through the ten stations of an embedded factory",
      [&shell, options] { return bench_line_command(shell, *options); });
  command->add_option("--work-orders", options->work_orders, "how many in bulk (1-1000000)")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command
      ->add_option("--idle", options->idle, "how many one after the other, for the latency alone (1-10000)")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
}

}  // namespace tcps::cli
