#include "nodes/client/line_access.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/ledger/queries/queries.h"
#include "actors/ledger/replication/line_log.h"
#include "actors/line/following/sealed_message.h"
#include "messages/canonical_json.h"
#include "messages/iso8601.h"
#include "messages/reply.h"
#include "messages/subjects.h"
#include "nodes/wiring/bus_connection.h"

namespace tcps::client {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto query_timeout = 10s;
constexpr auto verification_timeout = 600s;  // a whole log is read and every signature checked
constexpr auto verdict_timeout = 15s;
constexpr auto stale_pause = 100ms;
constexpr int stale_asked_again_max = 5;

// Over the bus.
class RunningLine final : public LineAccess {
 public:
  RunningLine(LineName line, std::unique_ptr<bus::Bus> bus) : line_(std::move(line)), bus_(std::move(bus)) {}

  const LineName& line() const override { return line_; }
  Result<bus::Bus*> bus() override { return bus_.get(); }
  // Any replica answers. One that is behind what an earlier answer was made from is asked again, until
  // another takes the question or it has caught up.
  Result<json> ask(const std::string& query, const json& request) override {
    json asked = request;
    const uint64_t seen = seen_size_;
    if (seen > 0) asked["at_least"] = seen;
    auto reply = ask_once(query, asked);
    for (int again = 0; again < stale_asked_again_max && seen > 0; ++again) {
      if (reply || reply.error().code != ErrorCode::unavailable) break;
      std::this_thread::sleep_for(stale_pause);
      reply = ask_once(query, asked);
    }
    if (reply) saw(reply->value("as_of", json::object()).value("size", uint64_t{0}));
    return reply;
  }

 private:
  Result<json> ask_once(const std::string& query, const json& request) {
    const bool long_work = query == "verify-chain" || query == "retention";
    const bus::Milliseconds timeout = long_work ? bus::Milliseconds(verification_timeout) : query_timeout;
    auto answer = request_blocking(*bus_, ledger_subject(line_, query), request.dump(), timeout);
    if (!answer && factory && !factory->ready && answer.error().code == ErrorCode::unavailable)
      return fail(ErrorCode::unavailable, fmt::format("the factory of {} is starting; try again in a moment, "
                                                      "and see tcps status when it does not end",
                                                      data_folder));
    if (!answer) return fail(answer.error());
    auto reply = parse_json(*answer);
    if (!reply) return fail(reply.error().at("reply of the factory"));
    TCPS_TRY(reply_status(*reply));
    return reply;
  }

  void saw(uint64_t size) {
    uint64_t before = seen_size_;
    while (before < size && !seen_size_.compare_exchange_weak(before, size)) {
    }
  }

  LineName line_;
  std::unique_ptr<bus::Bus> bus_;
  std::atomic<uint64_t> seen_size_ = 0;
};

// From the data folder of a factory that is stopped. The fold is rebuilt when a question needs it.
class StoppedLine final : public LineAccess {
 public:
  StoppedLine(LineName line, std::unique_ptr<ledger::LedgerStore> store)
      : line_(std::move(line)), store_(std::move(store)), empty_(line::LineState(line_)) {}

  const LineName& line() const override { return line_; }
  Result<bus::Bus*> bus() override {
    return fail(ErrorCode::unavailable,
                fmt::format("the factory of {} is stopped; start it with tcps up --data {}", data_folder,
                            data_folder));
  }
  Result<json> ask(const std::string& query, const json& request) override {
    // A verification trusts no fold, and must tell what is wrong where a fold cannot be rebuilt.
    if (query == "verify-chain")
      return ledger::LedgerQueries(*store_, empty_, nullptr).answer(query, request);
    TCPS_TRY(rebuild());
    return ledger::LedgerQueries(*store_, *fold_, nullptr).answer(query, request);
  }

 private:
  Status rebuild() {
    const std::lock_guard lock(mutex_);
    if (fold_) return {};
    auto state = TCPS_TRY(ledger::rebuild_fold(*store_, line_, line::LineState::verify_directly));
    fold_ = std::make_unique<line::SharedLine>(std::move(state));
    return {};
  }

  LineName line_;
  std::unique_ptr<ledger::LedgerStore> store_;
  line::SharedLine empty_;
  std::mutex mutex_;  // held while the fold is rebuilt
  std::unique_ptr<line::SharedLine> fold_;
};

Result<std::unique_ptr<LineAccess>> open_running(const Context& context, const std::string& url,
                                                 const std::string& name) {
  auto line = TCPS_TRY(LineName::parse(name));
  auto bus = TCPS_TRY(wiring::connect_bus({url, "tcps command line", context.credentials, {}}));
  auto access = std::make_unique<RunningLine>(std::move(line), std::move(bus));
  access->operator_key = context.operator_key;
  return access;
}

Result<std::unique_ptr<LineAccess>> open_stopped(const Context& context) {
  const auto lines = lines_on_disk(context.data);
  if (lines.empty()) {
    return fail(ErrorCode::unavailable,
                fmt::format("no factory runs on {} and no line is kept there; begin one with tcps run PATH",
                            context.data));
  }
  auto name = TCPS_TRY(choose_line(context.line, lines));
  ledger::StoreOptions options;
  options.data_folder = (std::filesystem::path(context.data) / "lines" / name).string();
  options.read_only = true;
  auto store = TCPS_TRY(ledger::LedgerStore::open(options));
  return std::make_unique<StoppedLine>(LineName::literal(name), std::move(store));
}

// The sealed message's sequence, when the stream has it.
Result<uint64_t> publish_blocking(bus::Bus& bus, const std::string& stream, line::SealedMessage sealed) {
  auto promise = std::make_shared<std::promise<Result<bus::PublishAck>>>();
  auto acknowledged = promise->get_future();
  bus.publish({stream, std::move(sealed.subject), std::move(sealed.bytes), std::move(sealed.message_id), {}},
              [promise](Result<bus::PublishAck> ack) { promise->set_value(std::move(ack)); });
  if (acknowledged.wait_for(query_timeout) != std::future_status::ready)
    return fail(ErrorCode::timeout,
                "the bus did not confirm the message; look with tcps ledger entries before repeating it");
  auto ack = TCPS_TRY(acknowledged.get());
  return ack.sequence;
}

}  // namespace

Result<std::unique_ptr<LineAccess>> open_line(const Context& context) {
  if (!context.bus_url.empty()) {
    if (context.line.empty())
      return fail(ErrorCode::invalid, "the context names a bus and no line; name one with --line");
    return open_running(context, context.bus_url, context.line);
  }
  auto factory = running_factory(context.data, is_running_tcpsd);
  Result<std::unique_ptr<LineAccess>> access;
  if (factory) {
    auto name = TCPS_TRY(choose_line(context.line, factory->lines));
    access = open_running(context, factory->bus_url, name);
    if (access && (*access)->operator_key.empty()) (*access)->operator_key = factory->operator_key;
  } else {
    access = open_stopped(context);
  }
  if (!access) return access;
  (*access)->factory = std::move(factory);
  (*access)->data_folder = context.data;
  return access;
}

Result<Bytes> request_blocking(bus::Bus& bus, const std::string& subject, BytesView payload,
                               bus::Milliseconds timeout) {
  auto promise = std::make_shared<std::promise<Result<Bytes>>>();
  auto answered = promise->get_future();
  bus.request(subject, payload, timeout,
              [promise](Result<Bytes> reply) { promise->set_value(std::move(reply)); });
  if (answered.wait_for(timeout + 1s) != std::future_status::ready)
    return fail(ErrorCode::timeout, fmt::format("no answer on {}; is the factory running?", subject));
  return answered.get();
}

Result<uint64_t> decide(LineAccess& access, Predicate predicate) {
  auto bus = TCPS_TRY(access.bus());
  if (access.operator_key.empty())
    return fail(
        ErrorCode::not_found,
        "no operator key is known; name its file in the context with tcps context add --operator-key");
  auto key = TCPS_TRY(PrivateKey::load(access.operator_key));
  auto status = TCPS_TRY(access.ask("status", json::object()));
  const auto origin =
      line::log_origin(access.line(), status.value("genesis", ""), status.value("position", uint64_t{0}));
  std::visit(
      [&](auto& message) {
        if constexpr (requires { message.mutable_log(); }) *message.mutable_log() = origin;
      },
      predicate);
  auto sealed = TCPS_TRY(line::seal_predicate(access.line(), predicate, {}, {}, *key));
  const auto stream = stream_name(access.line(), status.value("epoch", 1u));
  auto sequence = TCPS_TRY(publish_blocking(*bus, stream, std::move(sealed)));
  auto answer = TCPS_TRY(request_blocking(*bus, ledger_subject(access.line(), "verdict"),
                                          json{{"sequence", sequence}}.dump(), verdict_timeout));
  auto verdict = parse_json(answer);
  if (!verdict) return fail(verdict.error().at("verdict"));
  TCPS_TRY(reply_status(*verdict));
  if (verdict->value("admitted", false)) return sequence;
  return fail(ErrorCode::refused,
              fmt::format("the line refused it: {}", verdict->value("reason", "no reason was given")));
}

std::string person_name() {
  for (const char* variable : {"TCPS_PERSON", "USER", "LOGNAME"}) {
    if (const char* name = std::getenv(variable); name != nullptr && *name != '\0')
      return std::string(name).substr(0, 128);
  }
  return "operator";
}

std::string now_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return to_iso8601(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace tcps::client
