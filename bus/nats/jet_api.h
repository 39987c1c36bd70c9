// JetStream's management API as JSON requests on $JS.API, and how its answers and refusals read in the port's
// words. nats.c's own jsCtx is not used: it lacks a stream's first sequence, and its Fetch corrupts memory.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bus/nats/link.h"

namespace tcps::bus {

// The error a JetStream answer carries, in the port's codes.
Error jet_error(int http_code, int error_code, const std::string& description);

// Fields of JSON that others wrote: absent or of another kind reads as 0, "", false, null.
uint64_t number_in(const nlohmann::json& object, const char* key);
std::string text_in(const nlohmann::json& object, const char* key);
bool flag_in(const nlohmann::json& object, const char* key);
const nlohmann::json& part_of(const nlohmann::json& object, const char* key);

// The answer to a publish. `place` names it in errors.
Result<PublishAck> parse_publish_ack(const Bytes& answer, const std::string& place);

// Parses an answer of the API; an error inside it becomes an Error. Errors: also unavailable for an answer
// that is no JSON.
Result<nlohmann::json> parse_answer(const Bytes& answer, const std::string& place);

// Blocks. `call` is the subject behind "$JS.API.".
Result<nlohmann::json> jet_call(Link& link, const std::string& call, const nlohmann::json& request);

// Blocks. A message of a stream as the stream's leader has it; `which` is {"seq": n} or {"last_by_subj":
// subject} or {"seq": n, "next_by_subj": filter}. Errors: not_found, unavailable, timeout.
Result<Delivery> stored_message(Link& link, const std::string& stream, const nlohmann::json& which);

Result<StreamInfo> ensure_stream(Link& link, const StreamConfig& config);
Result<StreamInfo> stream_info(Link& link, const std::string& stream);
Status retire_stream(Link& link, const std::string& stream);
Status purge(Link& link, const std::string& stream, const nlohmann::json& what);
Status ensure_consumer(Link& link, const ConsumerConfig& config);
Status remove_consumer(Link& link, const std::string& stream, const std::string& name);

// Creates a stream from its full JSON configuration. When one of that name exists: `reconcile` names the
// fields that are brought to the new values; any other difference in its subjects is a conflict.
Result<nlohmann::json> create_stream(Link& link, const nlohmann::json& config,
                                     std::initializer_list<const char*> reconcile);

int64_t nanoseconds(Milliseconds duration);
int64_t unix_ms_of_rfc3339(const std::string& text);  // 0 when unreadable

// What a JetStream delivery's reply subject says.
struct DeliveryPlace {
  uint64_t delivery_count = 0;
  uint64_t stream_sequence = 0;
  uint64_t consumer_sequence = 0;
};
// Reads both forms, `$JS.ACK.<stream>.<consumer>...` and the longer one with domain and account. Errors:
// invalid.
Result<DeliveryPlace> parse_ack_subject(std::string_view subject);

}  // namespace tcps::bus
