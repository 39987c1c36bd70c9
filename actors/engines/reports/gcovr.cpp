#include "actors/engines/reports/gcovr.h"

#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"

namespace tcps::reports {
namespace {

Result<CoverageShare> share(const nlohmann::json& summary, const std::string& kind) {
  const auto covered = summary.find(kind + "_covered");
  const auto total = summary.find(kind + "_total");
  const auto is_count = [&summary](const auto& field) {
    return field != summary.end() && field->is_number_integer() && field->template get<int64_t>() >= 0;
  };
  if (!is_count(covered) || !is_count(total)) {
    return fail(ErrorCode::invalid, "coverage summary lacks the counts '" + kind + "_covered' and '" + kind +
                                        "_total': make it with gcovr --json-summary");
  }
  const CoverageShare counts{covered->get<uint64_t>(), total->get<uint64_t>()};
  if (counts.covered > counts.total) {
    return fail(ErrorCode::invalid, "coverage summary says that more of kind '" + kind +
                                        "' is covered than exists: make it again");
  }
  return counts;
}

}  // namespace

double CoverageShare::percent() const {
  if (total == 0) return 0;
  return static_cast<double>(covered * 1000 / total) / 10;
}

Result<Coverage> parse_gcovr_summary(BytesView json) {
  const auto summary = parse_json(json);
  if (!summary) return fail(summary.error().at("coverage summary"));
  if (!summary->is_object())
    return fail(ErrorCode::invalid, "coverage summary is no JSON object: make it with gcovr --json-summary");
  auto lines = TCPS_TRY(share(*summary, "line"));
  auto functions = TCPS_TRY(share(*summary, "function"));
  auto branches = TCPS_TRY(share(*summary, "branch"));
  return Coverage{lines, functions, branches};
}

}  // namespace tcps::reports
