// Why a line, a stage of it or a card stands.
#pragma once

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "nodes/client/line_access.h"

namespace tcps::cli {

// The open calls that stop the line or a stage, as the reply of the status query names them, with what to do
// about each: [{andon, what, kind, reason, remedy}].
nlohmann::json stops_of(const nlohmann::json& status);

// Listens to a running factory for as long as it lives.
class StandstillWatch {
 public:
  // Errors: unavailable.
  static Result<std::unique_ptr<StandstillWatch>> start(client::LineAccess& line);

  // What nodes said since the last call: tcps.<line>.waits.<work order>. Beyond a bound some are not heard;
  // they are said again.
  std::vector<nlohmann::json> waits();
  // As stops_of(), each call once. Asks the line at most every five seconds; a question that fails is asked
  // again.
  std::vector<nlohmann::json> new_stops();

 private:
  using Clock = std::chrono::steady_clock;
  explicit StandstillWatch(client::LineAccess& line) : line_(line) {}

  client::LineAccess& line_;
  Clock::time_point next_look_ = Clock::now();
  std::set<std::string> told_;  // calls
  std::mutex mutex_;
  std::vector<nlohmann::json> heard_;
  std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace tcps::cli
