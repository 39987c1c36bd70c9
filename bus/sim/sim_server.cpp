#include "bus/sim/sim_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace tcps::bus {
namespace {

constexpr uint64_t stored_overhead_bytes = 22;

uint64_t stored_bytes(const std::string& subject, const Bytes& payload) {
  return subject.size() + payload.size() + stored_overhead_bytes;
}

Error no_stream(const std::string& stream) {
  return {ErrorCode::not_found, "stream " + stream + " does not exist; create it"};
}

}  // namespace

bool subject_matches(std::string_view pattern, std::string_view subject) {
  while (true) {
    const auto pattern_token = pattern.substr(0, pattern.find('.'));
    const auto subject_token = subject.substr(0, subject.find('.'));
    if (pattern_token == ">") return !subject_token.empty();
    if (pattern_token != "*" && pattern_token != subject_token) return false;
    const bool pattern_ends = pattern_token.size() == pattern.size();
    const bool subject_ends = subject_token.size() == subject.size();
    if (pattern_ends || subject_ends) return pattern_ends && subject_ends;
    pattern.remove_prefix(pattern_token.size() + 1);
    subject.remove_prefix(subject_token.size() + 1);
  }
}

// ---- streams

void SimServer::Stream::erase(std::map<uint64_t, Stored>::iterator message) {
  bytes -= stored_bytes(message->second.subject, message->second.payload);
  const auto last = last_of_subject.find(message->second.subject);
  if (last != last_of_subject.end() && last->second == message->first) last_of_subject.erase(last);
  messages.erase(message);
}

const SimServer::Stream* SimServer::find(const std::string& stream) const {
  const auto it = streams_.find(stream);
  return it == streams_.end() ? nullptr : &it->second;
}

StreamInfo SimServer::info(const Stream& stream) {
  StreamInfo info;
  info.name = stream.config.name;
  info.created_unix_ms = stream.created_unix_ms;
  info.last_sequence = stream.last_sequence;
  info.first_sequence = stream.messages.empty() ? stream.last_sequence + 1 : stream.messages.begin()->first;
  info.messages = stream.messages.size();
  info.bytes = stream.bytes;
  info.bytes_max = stream.config.bytes_max;
  return info;
}

Result<StreamInfo> SimServer::ensure_stream(const StreamConfig& config, int64_t now_unix_ms) {
  if (const auto it = streams_.find(config.name); it != streams_.end()) {
    auto& stream = it->second;
    if (stream.config.subjects != config.subjects)
      return fail(ErrorCode::conflict,
                  "stream " + config.name + " exists with other subjects; use another name or remove it");
    const uint64_t first = stream.config.first_sequence;
    stream.config = config;
    stream.config.first_sequence = first;
    return info(stream);
  }
  for (const auto& subject : config.subjects)
    if (taker(subject)) return fail(ErrorCode::conflict, "subject " + subject + " belongs to another stream");
  auto& stream = streams_[config.name];
  stream.config = config;
  stream.last_sequence = std::max<uint64_t>(1, config.first_sequence) - 1;
  stream.created_unix_ms = last_created_unix_ms_ = std::max(now_unix_ms, last_created_unix_ms_ + 1);
  return info(stream);
}

Result<StreamInfo> SimServer::stream_info(const std::string& stream) const {
  const auto* found = find(stream);
  if (!found) return fail(no_stream(stream));
  return info(*found);
}

Status SimServer::retire_stream(const std::string& stream) {
  if (!find(stream)) return fail(no_stream(stream));
  auto& retired = streams_.at(stream);
  retired.config.subjects = {"retired." + stream};
  retired.config.bytes_max = retired.bytes;
  return {};
}

Status SimServer::purge_below(const std::string& stream, uint64_t sequence) {
  if (!find(stream)) return fail(no_stream(stream));
  auto& purged = streams_.at(stream);
  while (!purged.messages.empty() && purged.messages.begin()->first < sequence)
    purged.erase(purged.messages.begin());
  return {};
}

Result<Delivery> SimServer::message_at(const std::string& stream, uint64_t sequence) const {
  auto first = first_from(stream, sequence);
  if (!first || first->sequence != sequence)
    return fail(ErrorCode::not_found, fmt::format("{} has no message {}", stream, sequence));
  return std::move(*first);
}

std::optional<Delivery> SimServer::first_from(const std::string& stream, uint64_t sequence) const {
  const auto* found = find(stream);
  if (!found) return std::nullopt;
  const auto it = found->messages.lower_bound(sequence);
  if (it == found->messages.end()) return std::nullopt;
  return Delivery{it->second.subject, it->second.payload, it->first, 0, {}};
}

SimServer::Stream* SimServer::taker(const std::string& subject) {
  for (auto& [name, stream] : streams_)
    for (const auto& pattern : stream.config.subjects)
      if (subject_matches(pattern, subject)) return &stream;
  return nullptr;
}

std::optional<uint64_t> SimServer::known_id(Stream& stream, const std::string& id, SimTime now) {
  while (!stream.message_id_order.empty()) {
    const auto oldest = stream.message_ids.find(stream.message_id_order.front());
    if (oldest->second.at + stream.config.duplicate_window > now) break;
    stream.message_ids.erase(oldest);
    stream.message_id_order.pop_front();
  }
  const auto known = stream.message_ids.find(id);
  return known == stream.message_ids.end() ? std::nullopt : std::optional(known->second.sequence);
}

Result<PublishAck> SimServer::publish(const PublishRequest& request, SimTime now) {
  Stream* stream = taker(request.subject);
  if (!stream)
    return fail(ErrorCode::unavailable, request.subject + ": no stream takes it; create the stream");
  const auto place = request.subject + " in " + stream->config.name;
  if (!request.stream.empty() && stream->config.name != request.stream)
    return fail(ErrorCode::refused, place + ": expected in stream " + request.stream);
  if (request.payload.size() > stream->config.message_bytes_max)
    return fail(ErrorCode::refused, place + ": the message is larger than the stream takes");
  if (!request.message_id.empty())
    if (const auto known = known_id(*stream, request.message_id, now)) return PublishAck{*known, true};
  if (request.expected_last_subject_sequence) {
    const auto last = stream->last_of_subject.find(request.subject);
    const uint64_t sequence = last == stream->last_of_subject.end() ? 0 : last->second;
    if (sequence != *request.expected_last_subject_sequence)
      return fail(ErrorCode::conflict, fmt::format("{}: the last message there is {}", place, sequence));
  }
  const uint64_t size = stored_bytes(request.subject, request.payload);
  if (stream->bytes + size > stream->config.bytes_max)
    return fail(ErrorCode::full, place + ": the stream is full; trim it");
  const uint64_t sequence = ++stream->last_sequence;
  stream->bytes += size;
  stream->messages[sequence] = {request.subject, request.payload, now};
  stream->last_of_subject[request.subject] = sequence;
  if (!request.message_id.empty()) {
    stream->message_ids[request.message_id] = {sequence, now};
    stream->message_id_order.push_back(request.message_id);
  }
  return PublishAck{sequence, false};
}

void SimServer::lose_after(SimTime synced) {
  for (auto& [name, stream] : streams_) {
    while (!stream.messages.empty() && std::prev(stream.messages.end())->second.at > synced) {
      stream.last_sequence = std::prev(stream.messages.end())->first - 1;
      stream.erase(std::prev(stream.messages.end()));
    }
    stream.last_of_subject.clear();
    for (const auto& [sequence, stored] : stream.messages) stream.last_of_subject[stored.subject] = sequence;
    std::erase_if(stream.message_id_order, [&stream](const std::string& id) {
      const bool lost = stream.message_ids.at(id).sequence > stream.last_sequence;
      if (lost) stream.message_ids.erase(id);
      return lost;
    });
  }
}

// ---- consumers

Status SimServer::ensure_consumer(const ConsumerConfig& config) {
  if (!find(config.stream)) return fail(no_stream(config.stream));
  auto& consumers = streams_.at(config.stream).consumers;
  const auto [it, created] = consumers.try_emplace(config.name, Consumer{config, 1, {}});
  if (!created && it->second.config.filter_subject != config.filter_subject)
    return fail(ErrorCode::conflict,
                "consumer " + config.name + " exists with another filter; use another name or remove it");
  it->second.config = config;
  return {};
}

void SimServer::remove_consumer(const std::string& stream, const std::string& name) {
  if (find(stream)) streams_.at(stream).consumers.erase(name);
}

// The stream's creation is in the token, so that one of a recreated stream names nothing.
Delivery SimServer::delivery(const Stream& stream, const Consumer& consumer, uint64_t sequence,
                             uint64_t count) {
  const auto& stored = stream.messages.at(sequence);
  return {stored.subject, stored.payload, sequence, count,
          fmt::format("{} {} {} {} {}", stream.config.name, stream.created_unix_ms, consumer.config.name,
                      sequence, count)};
}

std::optional<Delivery> SimServer::hand_out(const std::string& stream_name, const std::string& name,
                                            SimTime now) {
  if (!find(stream_name)) return std::nullopt;
  auto& stream = streams_.at(stream_name);
  const auto it = stream.consumers.find(name);
  if (it == stream.consumers.end()) return std::nullopt;
  auto& consumer = it->second;
  std::erase_if(consumer.pending,
                [&stream](const auto& entry) { return !stream.messages.contains(entry.first); });
  for (auto& [sequence, pending] : consumer.pending) {
    if (pending.due > now) continue;
    pending = {now + consumer.config.ack_wait, pending.count + 1};
    return delivery(stream, consumer, sequence, pending.count);
  }
  if (consumer.pending.size() >= static_cast<size_t>(consumer.config.ack_pending_max)) return std::nullopt;
  for (auto message = stream.messages.lower_bound(consumer.next); message != stream.messages.end();
       ++message) {
    consumer.next = message->first + 1;
    if (!subject_matches(consumer.config.filter_subject, message->second.subject)) continue;
    consumer.pending[message->first] = {now + consumer.config.ack_wait, 1};
    return delivery(stream, consumer, message->first, 1);
  }
  return std::nullopt;
}

std::optional<SimTime> SimServer::next_due(const std::string& stream, const std::string& name) const {
  const auto* found = find(stream);
  if (!found) return std::nullopt;
  const auto it = found->consumers.find(name);
  if (it == found->consumers.end() || it->second.pending.empty()) return std::nullopt;
  SimTime due = SimTime::max();
  for (const auto& [sequence, pending] : it->second.pending) due = std::min(due, pending.due);
  return due;
}

std::optional<SimServer::Place> SimServer::place_of(const std::string& token) {
  std::array<std::string, 5> words;
  size_t at = 0;
  for (auto& word : words) {
    const size_t space = std::min(token.find(' ', at), token.size());
    word = token.substr(std::min(at, token.size()), space - at);
    at = space + 1;
  }
  const auto stream = streams_.find(words[0]);
  if (stream == streams_.end() || std::to_string(stream->second.created_unix_ms) != words[1])
    return std::nullopt;
  const auto consumer = stream->second.consumers.find(words[2]);
  if (consumer == stream->second.consumers.end()) return std::nullopt;
  uint64_t sequence = 0;
  std::from_chars(words[3].data(), words[3].data() + words[3].size(), sequence);
  return consumer->second.pending.contains(sequence) ? std::optional(Place{&consumer->second, sequence})
                                                     : std::nullopt;
}

void SimServer::acknowledge(const std::string& token) {
  if (const auto place = place_of(token)) place->consumer->pending.erase(place->sequence);
}

void SimServer::in_progress(const std::string& token, SimTime now) {
  if (const auto place = place_of(token))
    place->consumer->pending.at(place->sequence).due = now + place->consumer->config.ack_wait;
}

void SimServer::hand_back(const std::string& token, SimTime now, SimTime delay) {
  if (const auto place = place_of(token)) place->consumer->pending.at(place->sequence).due = now + delay;
}

uint64_t SimServer::Bucket::bytes() const {
  uint64_t sum = 0;
  for (const auto& [digest, object] : objects) sum += object.bytes.size();
  return sum;
}

}  // namespace tcps::bus
