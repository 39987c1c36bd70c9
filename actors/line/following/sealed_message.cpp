#include "actors/line/following/sealed_message.h"

#include <utility>

namespace tcps::line {

Result<SealedMessage> seal_predicate(const LineName& line, const Predicate& predicate,
                                     const std::vector<StatementSubject>& subjects, std::string message_id,
                                     Signer& signer) {
  auto subject = TCPS_TRY(subject_of(line, predicate));
  auto payload = encode_statement(predicate, subjects);
  SealedMessage sealed{std::move(subject), std::move(message_id), {}, Digest::of(payload)};
  auto envelope = TCPS_TRY(seal(in_toto_payload_type, std::move(payload), signer));
  sealed.bytes = envelope.encode();
  return sealed;
}

proto::LogOrigin log_origin(const LineName& line, const std::string& genesis, uint64_t seen) {
  proto::LogOrigin origin;
  origin.set_line(line.str());
  origin.set_genesis(genesis);
  origin.set_seen(seen);
  return origin;
}

}  // namespace tcps::line
