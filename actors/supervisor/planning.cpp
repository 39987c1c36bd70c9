#include "actors/supervisor/planning.h"

#include <algorithm>

namespace tcps::supervisor {

Destination destination_of(const line::WorkOrderState& order) {
  return {order.standard_work, order.stage == Stage::plan ? Stage::generate : order.stage};
}

std::vector<Release> plan_releases(const line::LineState& line, const std::set<WorkOrderId>& in_flight,
                                   const std::set<Destination>& unready, size_t releases_max) {
  if (line.stage_stopped(Stage::plan)) return {};
  uint32_t flying = 0;  // in flight and still in the backlog: they take their slots when the fold sees them
  for (const auto& id : in_flight) {
    const auto* order = line.find(id);
    if (order != nullptr && order->phase == line::Phase::backlog) ++flying;
  }
  auto wip = line.wip();
  wip.used += flying;
  auto count = std::min<size_t>(wip.free(), releases_max);
  if (count == 0) return {};
  std::vector<Release> releases;
  std::vector<WorkOrderId> schedule;
  auto looked_at = unready.empty() ? flying + count : line.backlog().size();
  for (const auto& id : line::level(line.backlog(), line.cycle(), looked_at)) {
    if (releases.size() == count) break;
    const auto& order = *line.find(id);
    if (in_flight.contains(id) || unready.contains(destination_of(order))) continue;
    releases.push_back({order, wip.used + static_cast<uint32_t>(releases.size()), {}});
    schedule.push_back(id);
  }
  for (auto& release : releases) release.schedule = schedule;
  return releases;
}

PlanFields plan_fields(const line::LineState& line, const Release& release, std::string date) {
  PlanFields fields;
  fields.schedule_id = "sched-" + date + "-" + std::to_string(line.position());
  fields.slots_allocated = static_cast<uint32_t>(release.schedule.size());
  fields.wip_limit = line.wip().limit;
  fields.wip_current = release.wip_current;
  for (auto bucket : all_buckets) fields.bucket_distribution[std::string(tcps::to_string(bucket))] = 0;
  constexpr size_t named_max = 64;  // a receipt has a bound; the slots are counted in full
  for (const auto& id : release.schedule) {
    if (const auto* order = line.find(id))
      ++fields.bucket_distribution[std::string(tcps::to_string(order->bucket))];
    if (fields.work_orders.size() < named_max) fields.work_orders.push_back(id.str());
  }
  return fields;
}

}  // namespace tcps::supervisor
