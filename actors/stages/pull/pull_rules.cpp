#include "actors/stages/pull/pull_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "messages/version.h"

namespace tcps::stages {
namespace {

std::string sources_of(const StandardWork& work) {
  std::string names;
  for (const auto& [name, source] : work.demand) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

bool is_calendar_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](size_t begin, size_t size) {
    int value = -1;
    const auto* end = text.data() + begin + size;
    const auto [stop, error] = std::from_chars(text.data() + begin, end, value);
    return error == std::errc() && stop == end ? value : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return false;
  return (std::chrono::year(year) / month / day).ok();
}

std::optional<Finding> check_demand(const proto::WorkOrder& order, const StandardWork& work) {
  const auto& source = order.demand().source();
  if (!work.demand.contains(source)) {
    return Finding{FailureMode::invalid_demand_source,
                   "demand source '" + source + "' is none of this line's (" + sources_of(work) +
                       "): correct the signal, or add [demand." + source + "] to line.toml",
                   {}};
  }
  const std::pair<std::string_view, const std::string*> needed[] = {{"id", &order.id()},
                                                                    {"sku", &order.sku()},
                                                                    {"bucket", &order.bucket()},
                                                                    {"priority", &order.priority()},
                                                                    {"created", &order.created()}};
  for (const auto& [name, value] : needed) {
    if (value->empty()) {
      return Finding{FailureMode::missing_required_field,
                     "the work order has no " + std::string(name) + ": add it to the demand signal",
                     {}};
    }
  }
  if (const auto bucket = parse_word<Bucket>(order.bucket()); !bucket) {
    return Finding{FailureMode::invalid_demand_source, bucket.error().message, {}};
  }
  if (!order.due_date().empty() && !is_calendar_date(order.due_date())) {
    return Finding{FailureMode::invalid_due_date,
                   "due date '" + order.due_date() + "' is no day of the calendar: write it as 2026-02-01",
                   {}};
  }
  return std::nullopt;
}

bool is_breaking(const proto::WorkOrder& order) {
  const auto found = order.demand().attributes().find("breaking");
  return found != order.demand().attributes().end() && found->second == "true";
}

Result<std::string> assign_version(const proto::WorkOrder& order, const StandardWork& work,
                                   std::string_view highest) {
  const auto bucket = TCPS_TRY(parse_word<Bucket>(order.bucket()));
  return version_after(highest, work.initial_version, change_of(bucket, is_breaking(order)));
}

}  // namespace tcps::stages
