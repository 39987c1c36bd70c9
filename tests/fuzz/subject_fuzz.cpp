// Subjects of the bus: what is read is spelled in one way only.
#include <cstddef>
#include <cstdint>

#include "messages/subjects.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto subject = parse_line_subject(text);
  if (!subject) {
    TCPS_CHECK(subject.error().code == ErrorCode::invalid);
    return 0;
  }
  TCPS_CHECK(std::visit([](const auto& read) { return to_subject(read); }, *subject) == text);
  return 0;
}
