// Demand becomes a work order: the rules of intake, without bus or clock. A publisher's request is read,
// judged against the fold, and either answered at once or turned into the acceptance that is published as the
// card for pull.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>

#include "actors/line/fold/line_state.h"
#include "messages/proto/demand.pb.h"
#include "messages/proto/line.pb.h"
#include "messages/vocabulary.h"

namespace tcps::line {

inline constexpr size_t demand_bytes_max = 64u << 10;

// A demand signal as JSON (first byte '{') or Protobuf, its texts bounded. Errors: invalid, naming the field
// and the remedy.
Result<proto::DemandSignal> parse_demand(BytesView bytes);

// Buckets for signals that name none, by the source that the line's standard work names; of the others it is
// standard_bucket() (messages/demand_sources.h).
using SourceBuckets = std::map<std::string, Bucket>;

// What intake makes of a request.
struct Accept {
  proto::Acceptance acceptance;
};  // to be sealed and published
struct Known {
  WorkOrderId id;
  bool closed = false;
};  // asked before: answered with what became of it
struct Refuse {
  std::string reason;
  int64_t retry_after_ms = 0;
};  // 0: asking again is of no use
using IntakeDecision = std::variant<Accept, Known, Refuse>;

struct IntakeRequest {
  std::string source;  // of the subject
  proto::DemandSignal signal;
  std::string created;   // ISO 8601, by the intake node's clock
  size_t under_way = 0;  // acceptances published and not yet in the fold
};

IntakeDecision decide(const LineState& line, const IntakeRequest& request, const SourceBuckets& buckets,
                      const std::string& node);

}  // namespace tcps::line
