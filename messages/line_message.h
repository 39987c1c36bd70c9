// One signed message of a line's stream, read from or written to its bytes: DSSE envelope around an in-toto
// Statement v1 whose predicate is one of the messages of proto/line.proto. Reading checks form only; whether
// a message counts is for the fold (actors/line).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/digest.h"
#include "messages/dsse.h"
#include "messages/iso8601.h"
#include "messages/keys.h"
#include "messages/proto/line.pb.h"
#include "messages/result.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"

namespace tcps {

using Predicate = std::variant<proto::Genesis, proto::Acceptance, proto::Receipt, proto::Dispatch,
                               proto::AndonRaised, proto::AndonAcknowledged, proto::AndonEscalated,
                               proto::AndonResolved, proto::WorkOrderDecision, proto::WipChanged,
                               proto::RoleClaimed, proto::KeyAdded, proto::KeyRevoked, proto::ReplicaChanged,
                               proto::Evidence, proto::ProductChanged, proto::EpochBegun>;

// "https://tcps.dev/receipt/v1" and its siblings.
std::string predicate_type(const Predicate& predicate);
// The word in its middle.
MessageKind kind_of(const Predicate& predicate);

// What a statement is about: a name and the digest of its bytes (an artifact, a work order, a message).
struct StatementSubject {
  std::string name;
  Digest digest;
};

struct LineMessage {
  Envelope envelope;
  Digest payload_digest;  // names the message: predecessor, cause, duplicates
  std::vector<StatementSubject> subjects;
  Predicate predicate;

  // Errors: invalid, naming what is malformed.
  static Result<LineMessage> decode(BytesView envelope_bytes);
};

// Statement payload (canonical JSON) of a predicate. Without subjects, the statement is about the predicate
// itself.
Bytes encode_statement(const Predicate& predicate, const std::vector<StatementSubject>& subjects);

// The bytes to publish. Errors: those of seal().
Result<Bytes> seal_message(const Predicate& predicate, const std::vector<StatementSubject>& subjects,
                           Signer& signer);

// Names a work order's content: digest of its canonical JSON.
Digest work_order_digest(const proto::WorkOrder& work_order);

// The one subject on which a message may travel, derived from its content: a message on another subject is
// refused. Errors: invalid, when a field that the subject needs is malformed.
Result<std::string> subject_of(const LineName& line, const Predicate& predicate);

}  // namespace tcps
