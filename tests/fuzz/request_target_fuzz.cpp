// Request targets of the HTTP gateway: what is read is read again from its own form, and routed without harm.
#include <cstddef>
#include <cstdint>

#include "nodes/gateway/routes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const auto target = gateway::RequestTarget::parse({reinterpret_cast<const char*>(data), size});
  if (!target) {
    TCPS_CHECK(target.error().code == ErrorCode::invalid);
    return 0;
  }
  const auto again = gateway::RequestTarget::parse(target->format());
  TCPS_CHECK(again.has_value() || target->format().size() > gateway::target_bytes_max);
  TCPS_CHECK(!again || *again == *target);
  const auto route = gateway::route_of(*target);
  TCPS_CHECK(route || route.error().code == ErrorCode::invalid || route.error().code == ErrorCode::not_found);
  return 0;
}
