// Demand as JSON, from anyone on the bus: read strictly, and what is read survives being written and read
// again.
#include <google/protobuf/util/message_differencer.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/codec.h"
#include "messages/proto/demand.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const auto parsed = parse_json({reinterpret_cast<const char*>(data), size});
  proto::DemandSignal demand;
  if (!parsed || !from_json(*parsed, demand)) return 0;
  const auto written = parse_json(canonical_json(to_json(demand)));
  TCPS_CHECK(written.has_value());
  proto::DemandSignal again;
  TCPS_CHECK(from_json(*written, again).has_value());
  TCPS_CHECK(google::protobuf::util::MessageDifferencer::Equals(demand, again));
  return 0;
}
