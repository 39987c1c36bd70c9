// A message of the line, sealed and ready to be published: by its subject, with the digest that will name it.
#pragma once

#include <string>
#include <vector>

#include "messages/keys.h"
#include "messages/line_message.h"

namespace tcps::line {

struct SealedMessage {
  std::string subject;
  std::string message_id;  // for the server's duplicate window; empty: none
  Bytes bytes;
  Digest payload;
};

// Errors: those of seal() and subject_of().
Result<SealedMessage> seal_predicate(const LineName& line, const Predicate& predicate,
                                     const std::vector<StatementSubject>& subjects, std::string message_id,
                                     Signer& signer);

// The origin of a message that is no event, and of an event signed at `seen`.
proto::LogOrigin log_origin(const LineName& line, const std::string& genesis, uint64_t seen = 0);

}  // namespace tcps::line
