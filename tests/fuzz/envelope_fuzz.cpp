// A message of the stream: whatever is read must have one spelling only, and must name one place to travel or
// none.
#include <cstddef>
#include <cstdint>

#include "messages/line_message.h"
#include "messages/testing/line_subject.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const auto message = LineMessage::decode(bytes);
  if (!message) {
    TCPS_CHECK(message.error().code == ErrorCode::invalid);
    return 0;
  }
  TCPS_CHECK(message->envelope.encode() == bytes);
  TCPS_CHECK(!message->subjects.empty());
  const auto subject = subject_of(LineName::literal("fuzz"), message->predicate);
  TCPS_CHECK(!subject || parse_line_subject(*subject).has_value());
  const Bytes payload = encode_statement(message->predicate, message->subjects);
  TCPS_CHECK(payload.size() <=
             message->envelope.payload.size());  // smaller when a field was written out as its default
  return 0;
}
