// An offline bundle: whatever is read must have one spelling only, and its verification must end.
#include <cstddef>
#include <cstdint>

#include "actors/ledger/chain/bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const auto bundle = ledger::Bundle::decode(bytes);
  if (!bundle) {
    TCPS_CHECK(bundle.error().code == ErrorCode::invalid);
    return 0;
  }
  TCPS_CHECK(bundle->encode() == bytes);
  const auto report = ledger::verify_bundle(*bundle, {});
  TCPS_CHECK(!report.passed());  // nothing is pinned
  return 0;
}
