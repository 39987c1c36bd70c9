// JSON from outside: what is read has a canonical form, and that form is a fixpoint. The reader of canonical
// JSON takes just that form.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/canonical_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_json(input);
  CanonicalReader reader(input);
  const bool is_read = reader.skip() && reader.at_end();
  TCPS_CHECK(is_read == (parsed && canonical_json(*parsed) == input));
  if (!parsed) {
    TCPS_CHECK(parsed.error().code == ErrorCode::invalid && !parsed.error().message.empty());
    return 0;
  }
  const std::string text = canonical_json(*parsed);
  const auto again = parse_json(text);
  TCPS_CHECK(again.has_value());
  TCPS_CHECK(canonical_json(*again) == text);
  return 0;
}
