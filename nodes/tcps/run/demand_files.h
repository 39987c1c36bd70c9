// Recorded demand, and its way to the line's intake.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "actors/stages/standard_work/standard_work.h"
#include "messages/result.h"
#include "nodes/client/line_access.h"

namespace tcps::cli {

struct RecordedSignal {
  std::string source;
  std::string id;
  std::string title;
  std::string json;  // as it is sent
};

// {"signals": [...]} or the bare list. `source` is meant for signals that name none. Errors: invalid, naming
// the place and the signal's number; full, beyond 100,000 signals.
Result<std::vector<RecordedSignal>> parse_signals(std::string_view text, const std::string& place,
                                                  const std::string& source);

// Those of all demand files that the standard work names, in the order of their sources.
Result<std::vector<RecordedSignal>> collect_signals(const StandardWork& work, const std::string& folder);

enum class Reception { accepted, known, refused };
std::string_view to_string(Reception reception);

struct SignalAnswer {
  Reception reception = Reception::refused;
  std::string work_order;
  std::string reason;
};
nlohmann::json to_json(const RecordedSignal& signal, const SignalAnswer& answer);

// What the intake's reply says; nothing when it asks for another try after `retry_after_ms`.
struct IntakeReply {
  SignalAnswer answer;
  int64_t retry_after_ms = 0;  // above 0: ask again
};
IntakeReply read_intake_reply(std::string_view text);

// Sends every signal, several at a time, and asks again where intake says so, for at most `patience`. Calls
// `on_answer` once for each, with its index, in no promised order. Errors: those of the bus.
using AnswerHandler = std::function<void(size_t index, const SignalAnswer&)>;
Status send_signals(client::LineAccess& access, const std::vector<RecordedSignal>& signals,
                    std::chrono::milliseconds patience, const std::function<bool()>& interrupted,
                    const AnswerHandler& on_answer);

}  // namespace tcps::cli
