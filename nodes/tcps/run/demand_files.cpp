#include "nodes/tcps/run/demand_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/line/intake/intake.h"
#include "messages/canonical_json.h"
#include "messages/codec.h"
#include "messages/files.h"
#include "messages/ids.h"
#include "messages/subjects.h"

namespace tcps::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr size_t demand_file_bytes_max = 64u << 20;
constexpr size_t signals_max = 100'000;
constexpr size_t signals_under_way = 64;
constexpr auto answer_timeout = 15s;
constexpr int64_t retry_pause_max_ms = 5'000;

Result<RecordedSignal> read_signal(const json& element, const std::string& source) {
  if (!element.is_object()) return fail(ErrorCode::invalid, "is not an object");
  auto signal = TCPS_TRY(line::parse_demand(element.dump()));
  if (signal.source().empty()) signal.set_source(source);
  if (!is_token(signal.source()))
    return fail(ErrorCode::invalid, "names no source that is a token of a-z, 0-9 and '-'; add \"source\"");
  return RecordedSignal{signal.source(), signal.signal_id(), signal.title(), tcps::to_json(signal).dump()};
}

}  // namespace

Result<std::vector<RecordedSignal>> parse_signals(std::string_view text, const std::string& place,
                                                  const std::string& source) {
  auto parsed = parse_json(text, 16);
  if (!parsed) return fail(parsed.error().at(place));
  const json* list = &*parsed;
  if (parsed->is_object()) {
    if (const auto found = parsed->find("signals"); found != parsed->end()) list = &*found;
  }
  if (parsed->is_object() && list == &*parsed && parsed->contains("signal_id")) {
    auto one = read_signal(*parsed, source);
    if (!one) return fail(one.error().at(place));
    return std::vector<RecordedSignal>{std::move(*one)};
  }
  if (!list->is_array())
    return fail(ErrorCode::invalid,
                place + ": expected {\"signals\": [...]}, a list of signals, or one signal");
  if (list->size() > signals_max)
    return fail(ErrorCode::full, fmt::format("{}: more than {} signals; split the file", place, signals_max));
  std::vector<RecordedSignal> signals;
  for (size_t i = 0; i < list->size(); ++i) {
    auto signal = read_signal((*list)[i], source);
    if (!signal) return fail(signal.error().at(fmt::format("{}: signal {}", place, i + 1)));
    signals.push_back(std::move(*signal));
  }
  return signals;
}

Result<std::vector<RecordedSignal>> collect_signals(const StandardWork& work, const std::string& folder) {
  std::vector<RecordedSignal> all;
  for (const auto& [source, demand] : work.demand) {
    if (demand.file.empty()) continue;
    auto text = read_file(folder + "/" + demand.file, demand_file_bytes_max);
    if (!text) return fail(text.error().at(fmt::format("demand.{}.file", source)));
    auto signals = TCPS_TRY(parse_signals(*text, demand.file, source));
    all.insert(all.end(), std::make_move_iterator(signals.begin()), std::make_move_iterator(signals.end()));
  }
  return all;
}

std::string_view to_string(Reception reception) {
  switch (reception) {
    case Reception::accepted:
      return "accepted";
    case Reception::known:
      return "known";
    case Reception::refused:
      return "refused";
  }
  return "refused";
}

json to_json(const RecordedSignal& signal, const SignalAnswer& answer) {
  json object = {
      {"source", signal.source}, {"signal_id", signal.id}, {"answer", to_string(answer.reception)}};
  if (!answer.work_order.empty()) object["work_order"] = answer.work_order;
  if (!answer.reason.empty()) object["reason"] = answer.reason;
  return object;
}

IntakeReply read_intake_reply(std::string_view text) {
  auto reply = parse_json(text);
  if (!reply || !reply->is_object())
    return {{Reception::refused, "", "the intake's answer cannot be read"}, 0};
  const auto text_of = [&](const char* name) {
    const auto found = reply->find(name);
    return found != reply->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto flag = [&](const char* name) { return reply->contains(name) && (*reply)[name] == true; };
  if (flag("accepted"))
    return {{flag("known") ? Reception::known : Reception::accepted, text_of("work_order"), ""}, 0};
  const auto after = reply->find("retry_after_ms");
  const int64_t pause = after != reply->end() && after->is_number_integer() ? after->get<int64_t>() : 0;
  return {{Reception::refused, "", text_of("reason")}, std::max<int64_t>(0, pause)};
}

Status send_signals(client::LineAccess& access, const std::vector<RecordedSignal>& signals,
                    std::chrono::milliseconds patience, const std::function<bool()>& interrupted,
                    const AnswerHandler& on_answer) {
  auto bus = TCPS_TRY(access.bus());
  const auto deadline = Clock::now() + patience;
  std::vector<size_t> due(signals.size());
  for (size_t i = 0; i < due.size(); ++i) due[i] = i;
  while (!due.empty() && !interrupted()) {
    std::vector<size_t> again;
    int64_t pause_ms = 0;
    for (size_t first = 0; first < due.size() && !interrupted(); first += signals_under_way) {
      const size_t last = std::min(due.size(), first + signals_under_way);
      std::vector<std::future<Result<Bytes>>> answers;
      for (size_t i = first; i < last; ++i) {
        auto promise = std::make_shared<std::promise<Result<Bytes>>>();
        answers.push_back(promise->get_future());
        const RecordedSignal& signal = signals[due[i]];
        bus->request(intake_subject(access.line(), signal.source), signal.json, answer_timeout,
                     [promise](Result<Bytes> reply) { promise->set_value(std::move(reply)); });
      }
      for (size_t i = first; i < last; ++i) {
        auto& answer = answers[i - first];
        if (answer.wait_for(answer_timeout + 5s) != std::future_status::ready)
          return fail(ErrorCode::timeout, "the intake does not answer; asking again is safe");
        auto bytes = answer.get();
        const bool lost = !bytes && (bytes.error().code == ErrorCode::timeout ||
                                     bytes.error().code == ErrorCode::unavailable);
        if (!bytes && (!lost || Clock::now() >= deadline)) return fail(bytes.error().at("intake"));
        const IntakeReply reply = bytes ? read_intake_reply(*bytes) : IntakeReply{{}, 1'000};
        if (reply.retry_after_ms > 0 && Clock::now() < deadline) {
          again.push_back(due[i]);
          pause_ms = std::max(pause_ms, std::min(reply.retry_after_ms, retry_pause_max_ms));
        } else {
          on_answer(due[i], reply.answer);
        }
      }
    }
    due = std::move(again);
    const auto pause_until = Clock::now() + std::chrono::milliseconds(due.empty() ? 0 : pause_ms);
    while (Clock::now() < pause_until && !interrupted()) std::this_thread::sleep_for(50ms);
  }
  return {};
}

}  // namespace tcps::cli
