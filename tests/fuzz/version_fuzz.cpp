// Versions: what is read is given back as it was, has one place in the order, and is below what follows it.
#include <cstddef>
#include <cstdint>

#include "messages/version.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto version = Version::parse(text);
  if (!version) {
    TCPS_CHECK(version.error().code == ErrorCode::invalid);
    return 0;
  }
  TCPS_CHECK(version->to_string() == text);
  TCPS_CHECK(*version == *version);
  TCPS_CHECK(parse_assignable_version(text).has_value() != version->has_build_metadata());
  for (const auto change : {VersionChange::patch, VersionChange::minor, VersionChange::major}) {
    const auto next = version->next(change);
    TCPS_CHECK(next ? *next > *version : next.error().code == ErrorCode::full);
  }
  return 0;
}
