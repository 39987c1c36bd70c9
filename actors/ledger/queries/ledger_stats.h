// How much of what a ledger holds: entries counted by what they can be found by. Counts of parts of a log add
// up, so a log of any length is counted in pieces, and a growing one by its new entries only. Pure rules.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "actors/ledger/store/entry_index.h"
#include "messages/result.h"

namespace tcps::ledger {

inline constexpr size_t counted_values_max = 1000;  // per field; what comes later is counted under "…"

class LedgerStats {
 public:
  void add(const EntryFacets& facets);
  void add(const LedgerStats& later);  // of the entries that follow

  uint64_t entries() const { return entries_; }

  // {"entries", "kinds": {name: count}, "stages": {name: {"completed", "failed"}}, "failure_modes",
  // "buckets", "skus", "nodes": {name: count of receipts}, "first_time", "last_time" (or null)}
  nlohmann::json to_json() const;
  // Errors: invalid.
  static Result<LedgerStats> from_json(const nlohmann::json& json);

 private:
  struct Outcomes {
    uint64_t completed = 0, failed = 0;
  };
  using Counts = std::map<std::string, uint64_t>;

  static void count(Counts& counts, const std::string& value, uint64_t more = 1);
  void cover(int64_t first_ms, int64_t last_ms);

  uint64_t entries_ = 0;
  Counts kinds_, failure_modes_, buckets_, skus_, nodes_;
  std::map<std::string, Outcomes> stages_;
  int64_t first_ms_ = 0, last_ms_ = 0;  // by the signers' clocks; 0: none said
};

}  // namespace tcps::ledger
