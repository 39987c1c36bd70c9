#include "messages/subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tcps {
namespace {

constexpr std::string_view no_work_order = "-";
constexpr size_t subject_tokens_max = 7;

struct Tokens {
  std::array<std::string_view, subject_tokens_max> token;
  size_t count = 0;  // subject_tokens_max + 1 when there are more
};

Tokens split(std::string_view subject) {
  Tokens tokens;
  while (tokens.count < subject_tokens_max) {
    const size_t dot = subject.find('.');
    tokens.token[tokens.count++] = subject.substr(0, dot);
    if (dot == std::string_view::npos) return tokens;
    subject.remove_prefix(dot + 1);
  }
  ++tokens.count;
  return tokens;
}

Result<uint32_t> parse_attempt(std::string_view text) {
  uint32_t attempt = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), attempt);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || text.front() == '0') {
    return fail(ErrorCode::invalid, fmt::format("attempt '{}' must be a number from 1 without leading zeros",
                                                text.substr(0, 64)));
  }
  return attempt;
}

Result<LineSubject> parse_card(const LineName& line, const Tokens& tokens) {
  auto stage = TCPS_TRY(parse_stage(tokens.token[3]));
  auto pool = TCPS_TRY(Pool::parse(tokens.token[4]));
  auto work_order = TCPS_TRY(WorkOrderId::parse(tokens.token[5]));
  auto attempt = TCPS_TRY(parse_attempt(tokens.token[6]));
  return CardSubject{line, stage, std::move(pool), std::move(work_order), attempt};
}

Result<LineSubject> parse_event(const LineName& line, const Tokens& tokens) {
  EventSubject subject{line, std::string(tokens.token[3]), std::nullopt};
  if (!is_token(subject.kind))
    return fail(ErrorCode::invalid, "the kind of an event must be a token of a-z, 0-9 and '-'");
  if (tokens.token[4] == no_work_order) return subject;
  auto work_order = TCPS_TRY(WorkOrderId::parse(tokens.token[4]));
  subject.work_order = std::move(work_order);
  return subject;
}

Result<LineSubject> parse_tokens(const Tokens& tokens) {
  const bool is_card = tokens.count == 7 && tokens.token[2] == "work";
  const bool is_event = tokens.count == 5 && tokens.token[2] == "event";
  if (tokens.token[0] != "tcps" || (!is_card && !is_event)) {
    return fail(ErrorCode::invalid,
                "it is neither tcps.<line>.work.<stage>.<pool>.<work order>.<attempt> nor "
                "tcps.<line>.event.<kind>.<work order or ->");
  }
  auto line = TCPS_TRY(LineName::parse(tokens.token[1]));
  return is_card ? parse_card(line, tokens) : parse_event(line, tokens);
}

std::string upper_case(std::string_view token) {
  std::string text(token);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    if (c == '-') return '_';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace

std::string to_subject(const CardSubject& subject) {
  TCPS_CHECK(subject.attempt >= 1);
  return fmt::format("tcps.{}.work.{}.{}.{}.{}", subject.line.str(), to_string(subject.stage),
                     subject.pool.str(), subject.work_order.str(), subject.attempt);
}

std::string to_subject(const EventSubject& subject) {
  TCPS_CHECK(is_token(subject.kind));
  return fmt::format("tcps.{}.event.{}.{}", subject.line.str(), subject.kind,
                     subject.work_order ? std::string_view(subject.work_order->str()) : no_work_order);
}

Result<LineSubject> parse_line_subject(std::string_view subject) {
  auto parsed = parse_tokens(split(subject));
  if (!parsed) return fail(parsed.error().at(fmt::format("subject '{}'", subject.substr(0, 256))));
  return parsed;
}

std::string work_filter(const LineName& line, Stage stage, const Pool& pool) {
  return fmt::format("tcps.{}.work.{}.{}.>", line.str(), to_string(stage), pool.str());
}

std::string work_wildcard(const LineName& line) { return fmt::format("tcps.{}.work.>", line.str()); }
std::string event_wildcard(const LineName& line) { return fmt::format("tcps.{}.event.>", line.str()); }

std::string event_filter(const LineName& line, std::string_view kind) {
  TCPS_CHECK(is_token(kind));
  return fmt::format("tcps.{}.event.{}.*", line.str(), kind);
}

std::string intake_subject(const LineName& line, std::string_view source) {
  TCPS_CHECK(is_token(source));
  return fmt::format("tcps.{}.intake.{}", line.str(), source);
}

std::string intake_wildcard(const LineName& line) { return fmt::format("tcps.{}.intake.*", line.str()); }

std::string ledger_subject(const LineName& line, std::string_view query) {
  TCPS_CHECK(is_token(query));
  return fmt::format("tcps.{}.ledger.{}", line.str(), query);
}

std::string ledger_wildcard(const LineName& line) { return fmt::format("tcps.{}.ledger.*", line.str()); }

std::string checkpoint_subject(const LineName& line, std::string_view what) {
  TCPS_CHECK(is_token(what));
  return fmt::format("tcps.{}.checkpoint.{}", line.str(), what);
}

std::string checkpoint_wildcard(const LineName& line) {
  return fmt::format("tcps.{}.checkpoint.*", line.str());
}

std::string replica_subject(const LineName& line, const NodeId& node, std::string_view what) {
  TCPS_CHECK(is_token(what));
  return fmt::format("tcps.{}.replica.{}.{}", line.str(), node.str(), what);
}

std::string any_replica_subject(const LineName& line, std::string_view what) {
  TCPS_CHECK(is_token(what));
  return fmt::format("tcps.{}.replicas.{}", line.str(), what);
}

std::string log_subject(const LineName& line, const WorkOrderId& work_order) {
  return fmt::format("tcps.{}.log.{}", line.str(), work_order.str());
}

std::string waits_subject(const LineName& line, const WorkOrderId& work_order) {
  return fmt::format("tcps.{}.waits.{}", line.str(), work_order.str());
}

std::string waits_wildcard(const LineName& line) { return fmt::format("tcps.{}.waits.*", line.str()); }

std::string heartbeat_subject(const LineName& line, const NodeId& node) {
  return fmt::format("tcps.{}.heartbeat.{}", line.str(), node.str());
}

std::string heartbeat_wildcard(const LineName& line) {
  return fmt::format("tcps.{}.heartbeat.*", line.str());
}

std::string stream_name(const LineName& line, uint32_t epoch) {
  return fmt::format("TCPS_{}_{}", upper_case(line.str()), epoch);
}

std::string object_bucket(const LineName& line) { return "TCPS_" + upper_case(line.str()); }

std::string consumer_name(Stage stage, const Pool& pool) {
  return fmt::format("{}-{}", to_string(stage), pool.str());
}

}  // namespace tcps
