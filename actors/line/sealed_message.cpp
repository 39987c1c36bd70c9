#include "actors/line/sealed_message.h"

#include <utility>

namespace tcps::line {

Result<SealedMessage> seal_predicate(const LineName& line, const Predicate& predicate, const std::vector<StatementSubject>& subjects,
                                     std::string message_id, Signer& signer) {
  auto subject = subject_of(line, predicate);
  if (!subject) return fail(subject.error());
  auto payload = encode_statement(predicate, subjects);
  SealedMessage sealed{std::move(*subject), std::move(message_id), {}, Digest::of(payload)};
  auto envelope = seal(in_toto_payload_type, std::move(payload), signer);
  if (!envelope) return fail(envelope.error());
  sealed.bytes = envelope->encode();
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
