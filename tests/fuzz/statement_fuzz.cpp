// The payload of a message, sealed as it is: reaches the statement and the predicates behind the envelope's
// base64.
#include <cstddef>
#include <cstdint>

#include "messages/line_message.h"
#include "messages/testing/line_subject.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps;
  const Envelope envelope{std::string(in_toto_payload_type),
                          Bytes(reinterpret_cast<const char*>(data), size),
                          {{"sha256:unsigned", Bytes(64, '\0')}}};
  const auto message = LineMessage::decode(envelope.encode());
  if (!message) return 0;
  const auto again = LineMessage::decode(Envelope{
      envelope.payload_type, encode_statement(message->predicate, message->subjects), envelope.signatures}
                                             .encode());
  TCPS_CHECK(again.has_value());
  TCPS_CHECK(again->predicate.index() == message->predicate.index());
  const auto subject = subject_of(LineName::literal("fuzz"), message->predicate);
  TCPS_CHECK(!subject || parse_line_subject(*subject).has_value());
  return 0;
}
