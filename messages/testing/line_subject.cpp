#include "messages/testing/line_subject.h"

#include <fmt/format.h>

#include <array>

#include "messages/text.h"

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
  const auto attempt = whole_number<uint32_t>(text);
  if (!attempt || text.front() == '0') {
    return fail(ErrorCode::invalid, fmt::format("attempt '{}' must be a number from 1 without leading zeros",
                                                text.substr(0, 64)));
  }
  return *attempt;
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
  subject.work_order = TCPS_TRY(WorkOrderId::parse(tokens.token[4]));
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

}  // namespace

Result<LineSubject> parse_line_subject(std::string_view subject) {
  auto parsed = parse_tokens(split(subject));
  if (!parsed) return fail(parsed.error().at(fmt::format("subject '{}'", subject.substr(0, 256))));
  return parsed;
}

}  // namespace tcps
