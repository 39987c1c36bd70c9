// What anybody may submit to a witness: whatever is read has one spelling only, and a stranger's log is
// refused.
#include <cstddef>
#include <cstdint>

#include "actors/ledger/tlog/witness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const auto request = tlog::AddCheckpoint::parse(bytes);
  if (!request) {
    TCPS_CHECK(request.error().code == ErrorCode::invalid);
    return 0;
  }
  TCPS_CHECK(request->encode() == bytes);
  TCPS_CHECK(tlog::Witness::make({})->judge(*request).status == 404);
  return 0;
}
