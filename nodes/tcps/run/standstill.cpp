#include "nodes/tcps/run/standstill.h"

#include <fmt/format.h>

#include "messages/canonical_json.h"
#include "messages/subjects.h"

namespace tcps::cli {

using nlohmann::json;

namespace {

constexpr std::chrono::seconds look_interval{5};
constexpr size_t heard_max = 1'000;

}  // namespace

json stops_of(const json& status) {
  json stops = status.value("stops", json::array());
  for (json& stop : stops) {
    stop["remedy"] = fmt::format("put right what it says, then tcps andon resolve {} --resolution \"...\"",
                                 stop.value("andon", ""));
  }
  return stops;
}

Result<std::unique_ptr<StandstillWatch>> StandstillWatch::start(client::LineAccess& line) {
  auto bus = TCPS_TRY(line.bus());
  std::unique_ptr<StandstillWatch> watch(new StandstillWatch(line));
  auto take = [watch = watch.get()](const bus::Message& message) {
    auto said = parse_json(message.payload, 4);
    std::lock_guard lock(watch->mutex_);
    if (said && watch->heard_.size() < heard_max) watch->heard_.push_back(std::move(*said));
  };
  watch->subscription_ = TCPS_TRY(bus->subscribe(waits_wildcard(line.line()), "", take));
  return watch;
}

std::vector<json> StandstillWatch::waits() {
  std::lock_guard lock(mutex_);
  return std::exchange(heard_, {});
}

std::vector<json> StandstillWatch::new_stops() {
  if (Clock::now() < next_look_) return {};
  next_look_ = Clock::now() + look_interval;
  std::vector<json> fresh;
  auto status = line_.ask("status", json::object());
  if (!status) return fresh;
  for (const json& stop : stops_of(*status)) {
    if (told_.insert(stop.value("andon", "")).second) fresh.push_back(stop);
  }
  return fresh;
}

}  // namespace tcps::cli
