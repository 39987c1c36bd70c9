#include "bus/nats/jet_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "messages/iso8601.h"
#include "messages/text.h"

namespace tcps::bus {
namespace {

using nlohmann::json;

// Numbers of the server's errors.json.
constexpr int account_resources_exceeded = 10002;
constexpr int insufficient_resources = 10023;
constexpr int memory_resources_exceeded = 10028;
constexpr int consumer_exists = 10013;
constexpr int storage_resources_exceeded = 10047;
constexpr int stream_name_in_use = 10058;
constexpr int stream_subjects_overlap = 10065;
constexpr int wrong_last_message_id = 10070;
constexpr int wrong_last_sequence = 10071;
constexpr int wrong_last_sequence_unnamed = 10164;
constexpr int store_failed = 10077;
constexpr int consumer_already_exists = 10148;

constexpr int waiting_requests_max = 4096;

ErrorCode code_of(int http_code, int error_code, const std::string& description) {
  switch (error_code) {
    case wrong_last_sequence:
    case wrong_last_sequence_unnamed:
    case wrong_last_message_id:
    case stream_name_in_use:
    case stream_subjects_overlap:
    case consumer_exists:
    case consumer_already_exists:
      return ErrorCode::conflict;
    case account_resources_exceeded:
    case insufficient_resources:
    case memory_resources_exceeded:
    case storage_resources_exceeded:
      return ErrorCode::full;
    case store_failed:
      return description.find("maximum") != std::string::npos ? ErrorCode::full : ErrorCode::unavailable;
    default:
      break;
  }
  if (http_code == 404) return ErrorCode::not_found;
  return http_code >= 500 ? ErrorCode::unavailable : ErrorCode::refused;
}

StreamInfo info_of(const json& answer) {
  const auto& state = part_of(answer, "state");
  const auto& config = part_of(answer, "config");
  StreamInfo info;
  info.name = text_in(config, "name");
  info.created_unix_ms = unix_ms_of_rfc3339(text_in(answer, "created"));
  info.first_sequence = number_in(state, "first_seq");
  info.last_sequence = number_in(state, "last_seq");
  info.messages = number_in(state, "messages");
  info.bytes = number_in(state, "bytes");
  info.bytes_max = number_in(config, "max_bytes");
  return info;
}

}  // namespace

const json& part_of(const json& object, const char* key) {
  static const json null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

uint64_t number_in(const json& object, const char* key) {
  const auto& part = part_of(object, key);
  return part.is_number_unsigned() ? part.get<uint64_t>() : 0;
}

std::string text_in(const json& object, const char* key) {
  const auto& part = part_of(object, key);
  return part.is_string() ? part.get<std::string>() : std::string();
}

bool flag_in(const json& object, const char* key) {
  const auto& part = part_of(object, key);
  return part.is_boolean() && part.get<bool>();
}

int64_t nanoseconds(Milliseconds duration) { return std::chrono::nanoseconds(duration).count(); }

int64_t unix_ms_of_rfc3339(const std::string& text) { return parse_iso8601(text).value_or(0); }

Error jet_error(int http_code, int error_code, const std::string& description) {
  return {code_of(http_code, error_code, description),
          fmt::format("JetStream says: {} ({})", description, error_code)};
}

Result<json> parse_answer(const Bytes& answer, const std::string& place) {
  auto parsed = json::parse(answer, nullptr, false);
  if (!parsed.is_object())
    return fail(ErrorCode::unavailable, place + ": the answer is not JetStream's; check the subject");
  if (const auto& error = part_of(parsed, "error"); !error.is_null())
    return fail(jet_error(static_cast<int>(number_in(error, "code")),
                          static_cast<int>(number_in(error, "err_code")), text_in(error, "description"))
                    .at(place));
  return parsed;
}

Result<PublishAck> parse_publish_ack(const Bytes& answer, const std::string& place) {
  auto parsed = TCPS_TRY(parse_answer(answer, place));
  const PublishAck ack{number_in(parsed, "seq"), flag_in(parsed, "duplicate")};
  // A sequence 0 acknowledges nothing: the server has been seen to send it while it was failing over.
  if (ack.sequence == 0)
    return fail(ErrorCode::timeout, place + ": acknowledged without a sequence; the outcome is unknown");
  return ack;
}

Result<json> jet_call(Link& link, const std::string& call, const json& request) {
  auto reply = link.call("$JS.API." + call, request.is_null() ? std::string() : request.dump());
  if (reply) return parse_answer(reply->payload, call);
  // Every call of the API may be repeated, so for the caller silence is the same as absence.
  auto error = reply.error();
  if (error.code == ErrorCode::timeout) error.code = ErrorCode::unavailable;
  return fail(std::move(error));
}

Result<Delivery> stored_message(Link& link, const std::string& stream, const json& which) {
  auto answer = TCPS_TRY(jet_call(link, "STREAM.MSG.GET." + stream, which));
  const auto& message = part_of(answer, "message");
  auto payload = from_base64(text_in(message, "data"));
  if (!payload) return fail(payload.error().at("message of " + stream));
  Delivery delivery;
  delivery.subject = text_in(message, "subject");
  delivery.payload = std::move(*payload);
  delivery.sequence = number_in(message, "seq");
  return delivery;
}

Result<json> create_stream(Link& link, const json& config, std::initializer_list<const char*> reconcile) {
  const std::string name = config.at("name");
  auto existing = jet_call(link, "STREAM.INFO." + name, nullptr);
  if (!existing && existing.error().code == ErrorCode::not_found) {
    auto created = jet_call(link, "STREAM.CREATE." + name, config);
    if (created || created.error().code != ErrorCode::conflict) return created;
    existing = jet_call(link, "STREAM.INFO." + name, nullptr);  // another node was first
    if (!existing) return created;  // it was the subjects that another stream holds
  }
  if (!existing) return existing;
  auto wanted = part_of(*existing, "config");
  if (!wanted.is_object())
    return fail(ErrorCode::unavailable, "the server did not tell the configuration of " + name);
  if (wanted["subjects"] != config["subjects"])
    return fail(ErrorCode::conflict,
                "stream " + name + " exists with other subjects; use another name or remove it");
  bool differs = false;
  for (const char* field : reconcile) {
    differs = differs || wanted[field] != config.at(field);
    wanted[field] = config.at(field);
  }
  return differs ? jet_call(link, "STREAM.UPDATE." + name, wanted) : existing;
}

Result<StreamInfo> ensure_stream(Link& link, const StreamConfig& config) {
  json wanted{{"name", config.name},
              {"subjects", config.subjects},
              {"retention", "limits"},
              {"discard", "new"},
              {"storage", "file"},
              {"max_bytes", config.bytes_max},
              {"max_msg_size", config.message_bytes_max},
              {"num_replicas", config.replicas},
              {"duplicate_window", nanoseconds(config.duplicate_window)},
              {"max_consumers", -1},
              {"max_msgs", -1},
              {"allow_direct", true}};
  if (config.first_sequence > 1) wanted["first_seq"] = config.first_sequence;
  auto answer = TCPS_TRY(
      create_stream(link, wanted, {"max_bytes", "max_msg_size", "num_replicas", "duplicate_window"}));
  return info_of(answer);
}

Result<StreamInfo> stream_info(Link& link, const std::string& stream) {
  auto answer = TCPS_TRY(jet_call(link, "STREAM.INFO." + stream, nullptr));
  return info_of(answer);
}

Status retire_stream(Link& link, const std::string& stream) {
  auto existing = TCPS_TRY(jet_call(link, "STREAM.INFO." + stream, nullptr));
  auto wanted = part_of(existing, "config");
  if (!wanted.is_object())
    return fail(ErrorCode::unavailable, "the server did not tell the configuration of " + stream);
  const json subjects = json::array({"retired." + stream});
  if (wanted["subjects"] == subjects) return {};
  wanted["subjects"] = subjects;
  wanted["max_bytes"] = std::max<uint64_t>(1, number_in(part_of(existing, "state"), "bytes"));
  TCPS_TRY(jet_call(link, "STREAM.UPDATE." + stream, wanted));
  return {};
}

Status purge(Link& link, const std::string& stream, const json& what) {
  TCPS_TRY(jet_call(link, "STREAM.PURGE." + stream, what));
  return {};
}

Status ensure_consumer(Link& link, const ConsumerConfig& config) {
  const auto place = config.stream + "." + config.name;
  auto existing = jet_call(link, "CONSUMER.INFO." + place, nullptr);
  if (!existing && existing.error().code != ErrorCode::not_found) return fail(existing.error());
  if (existing && text_in(part_of(*existing, "config"), "filter_subject") != config.filter_subject)
    return fail(ErrorCode::conflict,
                "consumer " + place + " exists with another filter; use another name or remove it");
  const json wanted{{"stream_name", config.stream},
                    {"config",
                     {{"durable_name", config.name},
                      {"name", config.name},
                      {"deliver_policy", "all"},
                      {"ack_policy", "explicit"},
                      {"ack_wait", nanoseconds(config.ack_wait)},
                      {"max_deliver", -1},
                      {"max_ack_pending", config.ack_pending_max},
                      {"max_waiting", waiting_requests_max},
                      {"replay_policy", "instant"},
                      {"filter_subject", config.filter_subject},
                      {"num_replicas", 0}}}};
  TCPS_TRY(jet_call(link, "CONSUMER.DURABLE.CREATE." + place, wanted));
  return {};
}

Status remove_consumer(Link& link, const std::string& stream, const std::string& name) {
  auto answer = jet_call(link, "CONSUMER.DELETE." + stream + "." + name, nullptr);
  if (!answer && answer.error().code != ErrorCode::not_found) return fail(answer.error());
  return {};
}

Result<DeliveryPlace> parse_ack_subject(std::string_view subject) {
  constexpr size_t tokens_max = 12;
  std::array<std::string_view, tokens_max> tokens;
  size_t count = 0;
  for (size_t at = 0; at <= subject.size() && count < tokens_max; ++count) {
    const size_t dot = std::min(subject.find('.', at), subject.size());
    tokens[count] = subject.substr(at, dot - at);
    at = dot + 1;
  }
  // $JS.ACK.<stream>.<consumer>.<count>.<stream sequence>.<consumer sequence>.<time>.<pending>; the longer
  // form has <domain>.<account> before the stream.
  const size_t first = count == 9 ? 4 : 6;
  DeliveryPlace place;
  bool good = (count == 9 || count >= 11) && tokens[0] == "$JS" && tokens[1] == "ACK";
  const auto read = [&good](std::string_view text, uint64_t& value) {
    const auto number = whole_number(text);
    good = good && number.has_value();
    value = number.value_or(0);
  };
  if (good) {
    read(tokens[first], place.delivery_count);
    read(tokens[first + 1], place.stream_sequence);
    read(tokens[first + 2], place.consumer_sequence);
  }
  if (!good)
    return fail(ErrorCode::invalid,
                fmt::format("\"{}\" is not the reply subject of a JetStream delivery", subject));
  return place;
}

}  // namespace tcps::bus
