#include "nodes/tcps/bench/bare_hops.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

namespace tcps::cli {
namespace {

using Clock = std::chrono::steady_clock;

const std::string stream_name = "TCPS_BENCH_HOPS";
constexpr uint64_t stream_bytes_max = 4ull << 30;

std::string subject_of(int hop, size_t work_order) {
  return fmt::format("tcps_bench_hops.{}.{}", hop, work_order);
}

class BareHops : public std::enable_shared_from_this<BareHops> {
 public:
  BareHops(bus::Bus& bus, const BareHopsOptions& options)
      : bus_(bus),
        options_(options),
        payload_(options.payload_bytes, 'w'),
        started_(options.work_orders),
        latencies_(options.work_orders) {}

  Result<BareHopsReport> run() {
    TCPS_TRY(prepare());
    const auto begin = Clock::now();
    for (size_t i = 0; i < std::min(options_.in_flight, options_.work_orders); ++i) start_next();
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, options_.limit,
                        [this] { return failure_ || (finished_ == options_.work_orders && followed_all()); });
      if (failure_) return fail(*failure_);
      if (finished_ < options_.work_orders || !followed_all())
        return fail(ErrorCode::timeout, fmt::format("only {} of {} work orders arrived in time", finished_,
                                                    options_.work_orders));
    }
    return report(begin);
  }

  // Ends all handlers before the rest goes.
  void end() {
    following_.reset();
    std::vector<std::shared_ptr<bus::PullConsumer>> ended;
    {
      std::lock_guard lock(consumers_mutex_);
      ended.swap(consumers_);
    }
  }

 private:
  size_t messages() const { return options_.work_orders * static_cast<size_t>(options_.hops + 1); }
  bool followed_all() const { return followed_ >= messages(); }

  Status prepare() {
    bus::StreamConfig stream;
    stream.name = stream_name;
    stream.subjects = {"tcps_bench_hops.>"};
    stream.bytes_max = stream_bytes_max;
    TCPS_TRY(bus_.ensure_stream(stream));
    consumers_.resize(static_cast<size_t>(options_.hops));
    for (int hop = 0; hop < options_.hops; ++hop) {
      bus::ConsumerConfig config;
      config.stream = stream_name;
      config.name = fmt::format("hop{}", hop);
      config.filter_subject = fmt::format("tcps_bench_hops.{}.>", hop);
      config.ack_pending_max = options_.credit;
      auto consumer =
          TCPS_TRY(bus_.pull(config, [this, hop](const bus::Delivery& delivery) { worked(hop, delivery); }));
      consumers_[static_cast<size_t>(hop)] = std::move(consumer);
    }
    for (const auto& consumer : consumers_) consumer->add_credit(options_.credit);
    following_ = bus_.follow(stream_name, 1, [this](const bus::Delivery&) {
      if (++followed_ >= messages()) wake();
    });
    return {};
  }

  void start_next() {
    const size_t work_order = next_++;
    if (work_order >= options_.work_orders) return;
    started_[work_order] = Clock::now();
    send(0, work_order, [](bool) {});
  }

  void send(int hop, size_t work_order, std::function<void(bool)> stored) {
    bus::PublishRequest request;
    request.stream = stream_name;
    request.subject = subject_of(hop, work_order);
    request.payload = payload_;
    request.message_id = request.subject;
    request.expected_last_subject_sequence = 0;
    bus_.publish(std::move(request),
                 [self = shared_from_this(), stored = std::move(stored)](const Result<bus::PublishAck>& ack) {
                   if (!ack && ack.error().code != ErrorCode::conflict) self->give_up(ack.error());
                   stored(ack.has_value());
                 });
  }

  void worked(int hop, const bus::Delivery& delivery) {
    if (delivery.delivery_count > 1) ++redelivered_;
    const size_t work_order = std::stoul(delivery.subject.substr(delivery.subject.rfind('.') + 1));
    auto consumer = consumer_of(hop);
    if (!consumer) return;
    send(hop + 1, work_order, [this, consumer, hop, work_order, token = delivery.ack_token](bool first) {
      consumer->acknowledge(token);
      consumer->add_credit(1);
      if (first && hop + 1 == options_.hops) finish(work_order);
    });
  }

  std::shared_ptr<bus::PullConsumer> consumer_of(int hop) {
    std::lock_guard lock(consumers_mutex_);
    return consumers_.empty() ? nullptr : consumers_[static_cast<size_t>(hop)];
  }

  void finish(size_t work_order) {
    latencies_[work_order] =
        std::chrono::duration<double, std::milli>(Clock::now() - started_[work_order]).count();
    if (++finished_ == options_.work_orders) wake();
    start_next();
  }

  void give_up(const Error& error) {
    std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
    changed_.notify_all();
  }

  void wake() {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  BareHopsReport report(Clock::time_point begin) {
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    std::sort(latencies_.begin(), latencies_.end());
    BareHopsReport report;
    report.elapsed = std::chrono::duration_cast<bus::Milliseconds>(elapsed);
    report.work_orders_per_second = static_cast<double>(options_.work_orders) / elapsed.count();
    report.latency_ms_median = latencies_[latencies_.size() / 2];
    report.latency_ms_p99 = latencies_[latencies_.size() * 99 / 100];
    report.followed = followed_;
    report.redelivered = redelivered_;
    return report;
  }

  bus::Bus& bus_;
  const BareHopsOptions options_;
  const Bytes payload_;
  std::vector<Clock::time_point> started_;
  std::vector<double> latencies_;
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> finished_ = 0;
  std::atomic<size_t> followed_ = 0;
  std::atomic<size_t> redelivered_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> failure_;
  std::mutex consumers_mutex_;
  std::vector<std::shared_ptr<bus::PullConsumer>> consumers_;
  std::unique_ptr<bus::Following> following_;
};

// The port cannot remove streams, since the factory never does; the benchmark's own is removed by JetStream's
// word for it. That it was not there is fine.
Status remove_stream(bus::Bus& bus) {
  constexpr bus::Milliseconds patience{2'000};
  auto answer = std::make_shared<std::promise<Status>>();
  auto future = answer->get_future();
  bus.request("$JS.API.STREAM.DELETE." + stream_name, "", patience, [answer](const Result<Bytes>& reply) {
    answer->set_value(reply ? Status{} : Status{fail(reply.error())});
  });
  return future.get();
}

}  // namespace

Result<BareHopsReport> run_bare_hops(bus::Bus& bus, const BareHopsOptions& options) {
  if (options.work_orders == 0 || options.hops < 1 || options.in_flight == 0 || options.credit < 1)
    return fail(ErrorCode::invalid,
                "the bare hops need at least one work order, hop, credit and one in flight");
  TCPS_TRY(remove_stream(bus));
  auto hops = std::make_shared<BareHops>(bus, options);
  auto report = hops->run();
  hops->end();
  (void)remove_stream(bus);
  return report;
}

}  // namespace tcps::cli
