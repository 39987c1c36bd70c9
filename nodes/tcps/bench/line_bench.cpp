#include "nodes/tcps/bench/line_bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <unordered_set>

#include "actors/stages/standard_work/standard_work.h"
#include "messages/canonical_json.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"

namespace tcps::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t requests_in_flight_max = 512;
constexpr int tries_max = 50;  // while nobody answers
constexpr auto stands_still_after = std::chrono::seconds(60);

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// User and system time of the processes so far.
double cpu_ms(const std::vector<int64_t>& pids) {
  double total = 0;
  for (auto pid : pids) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    auto after_name = text.rfind(')');
    if (after_name == std::string::npos) continue;
    std::istringstream fields(text.substr(after_name + 2));
    std::string field;
    for (int i = 3; i <= 15 && fields >> field; ++i) {
      if (i >= 14) total += std::stod(field) * 1000.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
  }
  return total;
}

uint64_t resident_peak_bytes(int64_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

// Sees work orders end: hears nothing but their last message, so that the server does not carry the whole
// line for the onlooker too.
class DoneWatch {
 public:
  static Result<std::unique_ptr<DoneWatch>> begin(bus::Bus& bus, const LineName& line) {
    auto watch = std::make_unique<DoneWatch>();
    auto heard =
        TCPS_TRY(bus.subscribe(event_filter(line, "done"), "",
                               [watch = watch.get()](const bus::Message& message) { watch->see(message); }));
    watch->heard_ = std::move(heard);
    return watch;
  }

  // False when nothing has ended for too long.
  bool wait_for(uint64_t count, const std::function<void(uint64_t)>& progress) {
    std::unique_lock lock(mutex_);
    auto last = seen_.size();
    auto since = Clock::now();
    while (seen_.size() < count) {
      changed_.wait_for(lock, std::chrono::milliseconds(200));
      if (seen_.size() != last) {
        last = seen_.size();
        since = Clock::now();
        progress(last);
      } else if (Clock::now() - since > stands_still_after) {
        return false;
      }
    }
    return true;
  }
  uint64_t done() {
    std::lock_guard lock(mutex_);
    return seen_.size();
  }
  uint64_t mean_bytes() {
    std::lock_guard lock(mutex_);
    return seen_.empty() ? 0 : bytes_ / seen_.size();
  }
  Clock::time_point last_done() {
    std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void see(const bus::Message& message) {
    std::lock_guard lock(mutex_);
    if (!seen_.insert(message.subject).second) return;  // published once more, for lack of an acknowledgement
    bytes_ += message.payload.size();
    last_ = Clock::now();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<std::string> seen_;
  uint64_t bytes_ = 0;
  Clock::time_point last_;
  std::unique_ptr<bus::Subscription> heard_;
};

// Sends demand with a bounded number of requests under way; asks again when it is told to.
class DemandSender {
 public:
  DemandSender(bus::Bus& bus, const LineName& line) : bus_(bus), subject_(intake_subject(line, "bench")) {}
  ~DemandSender() { wait_until_at_most(0); }

  void send(const std::string& signal_id, const std::string& bucket) {
    wait_until_at_most(requests_in_flight_max - 1);
    ++in_flight_;
    request(
        nlohmann::json{{"signal_id", signal_id}, {"source", "bench"}, {"type", "bench"}, {"bucket", bucket}}
            .dump());
  }
  void wait_until_at_most(uint64_t count) {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return in_flight_ <= count; });
  }
  std::string refusal() {
    std::lock_guard lock(mutex_);
    return refusal_;
  }

 private:
  // Intake opens a moment after the product is in force: until then nobody answers.
  void request(std::string body, int tries = 0) {
    bus_.request(subject_, body, bus::Milliseconds(30'000), [this, body, tries](Result<Bytes> reply) {
      auto json = reply ? parse_json(*reply) : Result<nlohmann::json>(fail(reply.error()));
      if (json && json->value("accepted", false)) return end({});
      bool again = json ? json->contains("retry_after_ms")
                        : json.error().code == ErrorCode::unavailable && tries < tries_max;
      if (!again) return end(json ? json->value("reason", "refused") : json.error().message);
      std::thread([this, body, tries] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        request(body, tries + 1);
      }).detach();
    });
  }
  void end(const std::string& refusal) {
    std::lock_guard lock(mutex_);
    if (refusal_.empty()) refusal_ = refusal;
    --in_flight_;
    answered_.notify_all();
  }

  bus::Bus& bus_;
  std::string subject_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::atomic<uint64_t> in_flight_ = 0;
  std::string refusal_;
};

std::string bucket_of(uint64_t index) {
  return std::string(to_string(all_buckets[index % all_buckets.size()]));
}

Status measure_idle(const BenchTarget& target, uint64_t count, const std::string& run,
                    BenchFigures& figures) {
  auto watch = TCPS_TRY(DoneWatch::begin(*target.bus, target.line));
  DemandSender sender(*target.bus, target.line);
  std::vector<double> latencies;
  for (uint64_t i = 0; i <= count; ++i) {  // the first waits until intake has opened, and does not count
    auto sent = Clock::now();
    sender.send(fmt::format("{}-idle-{}", run, i), bucket_of(i));
    if (!watch->wait_for(i + 1, [](uint64_t) {}))
      return fail(ErrorCode::timeout, "a work order alone did not end within a minute: " + sender.refusal());
    if (i > 0) latencies.push_back(ms_between(sent, watch->last_done()));
  }
  std::sort(latencies.begin(), latencies.end());
  figures.idle_ms_median = latencies.empty() ? 0 : latencies[latencies.size() / 2];
  figures.idle_ms_p99 =
      latencies.empty() ? 0 : latencies[std::min(latencies.size() - 1, latencies.size() * 99 / 100)];
  return {};
}

Status measure_bulk(const BenchTarget& target, uint64_t count, const std::string& run,
                    const std::function<void(uint64_t)>& progress, BenchFigures& figures) {
  auto watch = TCPS_TRY(DoneWatch::begin(*target.bus, target.line));
  auto cpu_before = cpu_ms(target.pids);
  auto started = Clock::now();
  std::string refusal;
  std::thread feeding([&] {
    DemandSender sender(*target.bus, target.line);
    for (uint64_t i = 0; i < count; ++i) sender.send(fmt::format("{}-{}", run, i), bucket_of(i));
    sender.wait_until_at_most(0);
    refusal = sender.refusal();
  });
  auto chunk = std::max<uint64_t>(1, count / 10);
  auto chunk_cpu = cpu_before;
  bool moving = true;
  for (uint64_t reached = chunk; moving && reached <= count; reached += chunk) {
    moving = watch->wait_for(reached, progress);
    auto now = cpu_ms(target.pids);
    figures.chunk_cpu_ms.push_back((now - chunk_cpu) / static_cast<double>(chunk));
    chunk_cpu = now;
  }
  moving = moving && watch->wait_for(count, progress);
  feeding.join();
  if (!moving)
    return fail(ErrorCode::timeout, fmt::format("the line stood still after {} of {} work orders: {}",
                                                watch->done(), count, refusal));
  figures.seconds = ms_between(started, watch->last_done()) / 1000;
  figures.work_orders = count;
  figures.message_bytes = watch->mean_bytes();
  figures.work_orders_per_second = static_cast<double>(count) / figures.seconds;
  figures.cpu_ms_per_work_order = (cpu_ms(target.pids) - cpu_before) / static_cast<double>(count);
  return {};
}

}  // namespace

std::string bench_standard_work(const std::string& line_name, uint64_t work_orders) {
  auto backlog = std::clamp<uint64_t>(work_orders, 1'000, 20'000);
  auto text = fmt::format(
      "[line]\nname = \"{}\"\nsku = \"bench\"\ntitle = \"Null procedures\"\n[procedures]\nkind = "
      "\"{}\"\n[wip]\nlimit = 256\n[backlog]\nlimit = {}\n",
      line_name, to_string(ProcedureKind::null), backlog);
  for (auto stage : all_stages) {
    if (stage != Stage::plan) text += fmt::format("[stage.{}]\nwip = 256\nworkers = 16\n", to_string(stage));
  }
  return text;
}

void settle(const BenchTarget& target) {
  constexpr auto span = std::chrono::milliseconds(500);
  constexpr double quiet_ms = 50;
  constexpr int spans_max = 40;
  auto before = cpu_ms(target.pids);
  for (int i = 0; i < spans_max; ++i) {
    std::this_thread::sleep_for(span);
    const auto now = cpu_ms(target.pids);
    if (now - before < quiet_ms) return;
    before = now;
  }
}

Result<BenchFigures> bench_line(const BenchTarget& target, uint64_t work_orders, uint64_t idle_work_orders,
                                const std::function<void(uint64_t done)>& progress) {
  BenchFigures figures;
  auto run = "run-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  TCPS_TRY(measure_idle(target, idle_work_orders, run, figures));
  TCPS_TRY(measure_bulk(target, work_orders, run, progress, figures));
  figures.resident_bytes_max = target.pids.empty() ? 0 : resident_peak_bytes(target.pids.front());
  return figures;
}

}  // namespace tcps::cli
