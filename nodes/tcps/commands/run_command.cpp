// tcps run: from a repository to verified releases, with one command.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "nodes/tcps/run/demand_files.h"
#include "nodes/tcps/run/factory_process.h"
#include "nodes/tcps/run/interruption.h"
#include "nodes/tcps/run/product_source.h"
#include "nodes/tcps/run/progress.h"
#include "nodes/tcps/run/run_report.h"
#include "nodes/tcps/run/standstill.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto ready_timeout = 60s;
constexpr auto poll_interval = 250ms;
constexpr auto silence_max = 30s;  // of the factory, before the run gives up
constexpr auto demand_patience = 60s;

struct RunOptions {
  std::string path;
  bool keep = false;
  int64_t timeout_s = 3'600;
};

class Run {
 public:
  Run(Shell& shell, const RunOptions& options) : shell_(shell), out_(shell.out()), options_(options) {}

  Outcome perform() {
    const Interruption interruption;
    auto outcome = steps();
    standstill_.reset();
    line_.reset();
    if (child_ && child_->running() && options_.keep && !Interruption::happened()) {
      out_.text(fmt::format("the factory goes on; see tcps status --data {}", data_));
      return outcome;
    }
    if (child_) child_->stop();
    return Interruption::happened() ? Outcome(Exit::interrupted) : outcome;
  }

 private:
  Outcome steps() {
    auto source = TCPS_TRY(ProductSource::open(options_.path));
    say(fmt::format("line {} makes {}", source.standard_work.line.str(), source.standard_work.sku));
    TCPS_TRY(reach_factory(source.standard_work.line.str()));
    auto published = TCPS_TRY(publish_product(*line_, source));
    say(fmt::format("{} (snapshot {})",
                    published.changed ? "published the product" : "the product is published already",
                    view::short_digest(source.snapshot.to_string())));
    auto status = TCPS_TRY(line_->ask("status", json::object()));
    follow_from_ = status.value("synced_size", uint64_t{0});
    standstill_ = TCPS_TRY(StandstillWatch::start(*line_));
    TCPS_TRY(send_demand(source));
    auto outcome = follow();
    if (!outcome || *outcome != Exit::ok) return outcome;
    return report_run(*line_, orders_, refused_ > 0, out_);
  }

  // One line per step for people; a record with --json.
  void say(const std::string& what) {
    out_.text(fmt::format("{:6.1f}s  {}", seconds(), what));
    out_.record({{"seconds", seconds()}, {"event", what}});
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  int64_t now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count();
  }

  Status reach_factory(const std::string& line) {
    shell_.options().line = line;
    auto context = TCPS_TRY(shell_.context());
    if (context.bus_url.empty() && !client::running_factory(context.data, client::is_running_tcpsd)) {
      TCPS_TRY(start_factory(context.data, line));
    }
    data_ = context.data;
    line_ = TCPS_TRY(client::open_line(context));
    return {};
  }

  Status start_factory(const std::string& data, const std::string& line) {
    auto config = TCPS_TRY(write_factory_config(data, line));
    child_ = TCPS_TRY(FactoryProcess::start(data, config, options_.keep));
    auto factory = child_->wait_ready(ready_timeout, Interruption::happened);
    if (!factory) {
      child_->stop();
      return fail(factory.error());
    }
    say(fmt::format("started a factory on {} (log {}/tcpsd.log)", data, data));
    return {};
  }

  Status send_demand(const ProductSource& source) {
    auto signals = TCPS_TRY(collect_signals(source.standard_work, source.folder));
    std::array<size_t, 3> counts{};
    TCPS_TRY(send_signals(*line_, signals, demand_patience, Interruption::happened,
                          [&](size_t index, const SignalAnswer& answer) {
                            const RecordedSignal& signal = signals[index];
                            ++counts[static_cast<size_t>(answer.reception)];
                            out_.record(to_json(signal, answer));
                            if (answer.reception == Reception::refused) {
                              say(fmt::format("demand {}/{} refused: {}", signal.source, printable(signal.id),
                                              printable(answer.reason)));
                            } else {
                              take_order({answer.work_order, answer.reception == Reception::known});
                            }
                          }));
    refused_ = counts[2];
    say(fmt::format("demand: {} accepted, {} known from before, {} refused", counts[0], counts[1],
                    counts[2]));
    for (const RunOrder& order : orders_) {
      auto known = TCPS_TRY(line_->ask("work-order", {{"id", order.id}}));
      progress_.add(known, now_ms());
    }
    return {};
  }

  // Two signals of the same id are one work order.
  void take_order(RunOrder order) {
    const bool have = std::any_of(orders_.begin(), orders_.end(),
                                  [&](const RunOrder& other) { return other.id == order.id; });
    if (!have) orders_.push_back(std::move(order));
  }

  // Cards that no node can work now, and calls that stop the line or a stage of it.
  void tell_what_stands() {
    for (const json& said : standstill_->waits()) tell(progress_.card_waits(said));
    for (const json& stop : standstill_->new_stops()) {
      erase();
      say(fmt::format("STOPPED   {}: {}; {}", stop.value("what", ""), printable(stop.value("reason", "")),
                      stop.value("remedy", "")));
    }
  }

  // Until every work order has ended.
  Outcome follow() {
    auto heard = Clock::now();
    while (!progress_.ended()) {
      if (Interruption::happened()) return Exit::interrupted;
      if (child_ && !child_->running())
        return fail(ErrorCode::unavailable, "the factory ended; the end of its log:\n" + child_->log_tail());
      if (seconds() > static_cast<double>(options_.timeout_s)) {
        return fail(ErrorCode::timeout,
                    fmt::format("not every work order ended within {} s; see tcps work-order list",
                                options_.timeout_s));
      }
      auto more = read_entries();
      if (more) heard = Clock::now();
      if (!more && Clock::now() - heard > silence_max) return fail(more.error());
      tell_what_stands();
      draw();
      if (!more || !*more) std::this_thread::sleep_for(poll_interval);
    }
    erase();
    return Exit::ok;
  }

  // True when there may be more to read at once.
  Result<bool> read_entries() {
    constexpr size_t batch = 500;
    auto reply = TCPS_TRY(line_->ask("entries", {{"from", follow_from_}, {"limit", batch}}));
    for (const json& entry : reply["entries"]) tell(progress_.apply(entry, now_ms()));
    follow_from_ = reply.value("next", follow_from_);
    if (progress_.look_again()) {
      for (const OrderProgress& order : std::vector<OrderProgress>(progress_.orders())) {
        if (order.status == WorkOrderStatus::done) continue;
        auto now = line_->ask("work-order", {{"id", order.id}});
        if (now) tell(progress_.set_status(order.id, status_of_reply(*now)));
      }
    }
    return reply["entries"].size() == batch;
  }

  void tell(const std::vector<ProgressChange>& changes) {
    for (const ProgressChange& change : changes) {
      out_.record({{"seconds", seconds()},
                   {"work_order", change.work_order},
                   {"stage", change.stage},
                   {"what", change.what}});
      if (!out_.terminal())
        out_.text(
            fmt::format("{:6.1f}s  {}  {:<8}  {}", seconds(), change.work_order, change.stage, change.what));
    }
    if (!changes.empty() && !out_.json) std::cout.flush();
  }

  // On a terminal the table is drawn over the one before.
  void draw() {
    if (!out_.terminal()) return;
    winsize window{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 20;
    const std::string table = progress_.table(now_ms(), known ? window.ws_col - 1u : 100u, out_.colours());
    erase();
    out_.raw(table);
    drawn_ = static_cast<size_t>(std::count(table.begin(), table.end(), '\n'));
  }
  void erase() {
    if (drawn_ > 0) out_.raw(fmt::format("\x1b[{}A\x1b[J", drawn_));
    drawn_ = 0;
  }

  Shell& shell_;
  view::Output& out_;
  const RunOptions& options_;
  Clock::time_point began_ = Clock::now();
  std::string data_;
  std::unique_ptr<FactoryProcess> child_;
  std::unique_ptr<client::LineAccess> line_;
  std::vector<RunOrder> orders_;
  size_t refused_ = 0;
  Progress progress_;
  uint64_t follow_from_ = 0;
  size_t drawn_ = 0;
  std::unique_ptr<StandstillWatch> standstill_;
};

}  // namespace

void add_run_command(Shell& shell) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = shell.command(nullptr, "run",
                                    "make releases of a repository's recorded demand: starts a factory when "
                                    "none runs; with --json one line per event",
                                    [&shell, options] { return Run(shell, *options).perform(); });
  command->add_option("repository", options->path, "path or git URL of a repository with a line.toml")
      ->required();
  command->add_flag("--keep", options->keep, "leave the factory running");
  command->add_option("--timeout", options->timeout_s, "seconds until every work order must have ended")
      ->check(CLI::Range(1, 7 * 86'400))
      ->capture_default_str();
}

}  // namespace tcps::cli
