#include "messages/subjects.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps {
namespace {

constexpr std::string_view no_work_order = "-";

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
