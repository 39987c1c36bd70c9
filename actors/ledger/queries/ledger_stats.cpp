#include "actors/ledger/queries/ledger_stats.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/iso8601.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

constexpr const char* other = "…";

json time_json(int64_t time_ms) { return time_ms == 0 ? json(nullptr) : json(to_iso8601(time_ms)); }

Result<int64_t> time_of(const json& stats, const char* name) {
  const auto found = stats.find(name);
  if (found == stats.end() || found->is_null()) return 0;
  if (!found->is_string()) return fail(ErrorCode::invalid, "stats: a time is no text");
  return parse_iso8601(found->get_ref<const std::string&>());
}

Result<std::map<std::string, uint64_t>> counts_of(const json& stats, const char* name) {
  std::map<std::string, uint64_t> counts;
  const auto found = stats.find(name);
  if (found == stats.end() || !found->is_object())
    return fail(ErrorCode::invalid, std::string("stats: '") + name + "' must be an object");
  for (const auto& [value, count] : found->items()) {
    if (!count.is_number_unsigned()) return fail(ErrorCode::invalid, "stats: a count must be a whole number");
    counts[value] = count.get<uint64_t>();
  }
  return counts;
}

}  // namespace

void LedgerStats::count(Counts& counts, const std::string& value, uint64_t more) {
  if (value.empty()) return;
  const bool room = counts.size() < counted_values_max || counts.contains(value);
  counts[room ? value : other] += more;
}

void LedgerStats::cover(int64_t first_ms, int64_t last_ms) {
  if (first_ms != 0) first_ms_ = first_ms_ == 0 ? first_ms : std::min(first_ms_, first_ms);
  last_ms_ = std::max(last_ms_, last_ms);
}

void LedgerStats::add(const EntryFacets& facets) {
  ++entries_;
  count(kinds_, std::string(to_string(facets.kind)));
  cover(facets.time_ms, facets.time_ms);
  const auto status = receipt_status(facets);
  if (!status) return;
  Outcomes& outcomes = stages_[facets.stage];
  ++(status == ReceiptStatus::completed ? outcomes.completed : outcomes.failed);
  count(failure_modes_, facets.failure_mode);
  count(buckets_, facets.bucket);
  count(skus_, facets.sku);
  count(nodes_, facets.node);
}

void LedgerStats::add(const LedgerStats& later) {
  entries_ += later.entries_;
  for (auto [mine, theirs] : {std::pair{&kinds_, &later.kinds_},
                              {&failure_modes_, &later.failure_modes_},
                              {&buckets_, &later.buckets_},
                              {&skus_, &later.skus_},
                              {&nodes_, &later.nodes_}}) {
    for (const auto& [value, number] : *theirs) count(*mine, value, number);
  }
  for (const auto& [stage, outcomes] : later.stages_) {
    stages_[stage].completed += outcomes.completed;
    stages_[stage].failed += outcomes.failed;
  }
  cover(later.first_ms_, later.last_ms_);
}

json LedgerStats::to_json() const {
  json stages = json::object();
  for (const auto& [stage, outcomes] : stages_)
    stages[stage] = {{"completed", outcomes.completed}, {"failed", outcomes.failed}};
  return {{"entries", entries_},
          {"kinds", kinds_},
          {"stages", std::move(stages)},
          {"failure_modes", failure_modes_},
          {"buckets", buckets_},
          {"skus", skus_},
          {"nodes", nodes_},
          {"first_time", time_json(first_ms_)},
          {"last_time", time_json(last_ms_)}};
}

Result<LedgerStats> LedgerStats::from_json(const json& stats) {
  LedgerStats read;
  if (!stats.is_object() || !stats.value("stages", json()).is_object() || !stats.contains("entries") ||
      !stats["entries"].is_number_unsigned())
    return fail(ErrorCode::invalid, "stats: 'entries' and 'stages' are missing");
  read.entries_ = stats["entries"].get<uint64_t>();
  for (auto [counts, name] : {std::pair{&read.kinds_, "kinds"},
                              {&read.failure_modes_, "failure_modes"},
                              {&read.buckets_, "buckets"},
                              {&read.skus_, "skus"},
                              {&read.nodes_, "nodes"}}) {
    *counts = TCPS_TRY(counts_of(stats, name));
  }
  for (const auto& [stage, outcomes] : stats["stages"].items()) {
    if (!outcomes.is_object()) return fail(ErrorCode::invalid, "stats: a stage must be an object");
    read.stages_[stage] = {outcomes.value("completed", uint64_t{0}), outcomes.value("failed", uint64_t{0})};
  }
  read.first_ms_ = TCPS_TRY(time_of(stats, "first_time"));
  read.last_ms_ = TCPS_TRY(time_of(stats, "last_time"));
  return read;
}

}  // namespace tcps::ledger
