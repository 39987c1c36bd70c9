#include "actors/line/intake/intake.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "actors/line/following/sealed_message.h"
#include "messages/canonical_json.h"
#include "messages/codec.h"
#include "messages/demand_sources.h"

namespace tcps::line {
namespace {

constexpr size_t text_bytes_max = 1'024;
constexpr int attributes_max = 64;
constexpr int64_t exact_integer_max = int64_t{1} << 53;
constexpr size_t small_signal_bytes = 4'096;  // fits, even if each byte becomes an escape of six
constexpr size_t payload_bytes_max = (envelope_bytes_max - 1'024) / 4 * 3;  // the envelope holds it in base64

Status check_text(std::string_view field, const std::string& text) {
  if (text.size() <= text_bytes_max) return {};
  return fail(ErrorCode::invalid, std::string(field) + " is longer than " + std::to_string(text_bytes_max) +
                                      " bytes: shorten it");
}

Status check_texts(const proto::DemandSignal& signal) {
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"signal_id", &signal.signal_id()}, {"source", &signal.source()},   {"type", &signal.type()},
      {"title", &signal.title()},         {"sku", &signal.sku()},         {"bucket", &signal.bucket()},
      {"priority", &signal.priority()},   {"feature", &signal.feature()}, {"trend", &signal.trend()},
      {"due_date", &signal.due_date()},   {"created", &signal.created()}, {"snapshot", &signal.snapshot()}};
  for (const auto& [field, text] : texts) {
    TCPS_TRY(check_text(field, *text));
  }
  if (signal.sku().size() > 256) return fail(ErrorCode::invalid, "sku is longer than 256 bytes: shorten it");
  if (signal.due_date().size() > 32)
    return fail(ErrorCode::invalid, "due_date is longer than 32 bytes: use an ISO 8601 date");
  if (signal.count() > exact_integer_max || signal.count() < -exact_integer_max) {
    return fail(ErrorCode::invalid, "count is beyond +-2^53: JSON cannot say it exactly");
  }
  if (signal.attributes_size() > attributes_max)
    return fail(ErrorCode::invalid, "more than 64 attributes: leave some out");
  for (const auto& [name, value] : signal.attributes()) {
    TCPS_TRY(check_text("attributes." + name.substr(0, 64), value));
    TCPS_TRY(check_text("attributes", name));
  }
  return {};
}

Result<proto::WorkOrder> make_work_order(const LineState& line, const IntakeRequest& request,
                                         const WorkOrderId& id, const SourceBuckets& buckets) {
  const auto& signal = request.signal;
  const auto& product = line.product();
  proto::WorkOrder order;
  const auto priority = TCPS_TRY(parse_priority(signal.priority()));
  if (signal.bucket().empty()) {
    auto by_source = buckets.find(request.source);
    order.set_bucket(std::string(
        to_string(by_source == buckets.end() ? standard_bucket(request.source) : by_source->second)));
  } else if (auto bucket = parse_word<Bucket>(signal.bucket()); !bucket) {
    return fail(bucket.error());
  } else {
    order.set_bucket(signal.bucket());
  }
  if (!signal.snapshot().empty()) {
    if (auto digest = Digest::parse(signal.snapshot()); !digest) return fail(digest.error().at("snapshot"));
  }
  order.set_id(id.str());
  order.set_line(line.line().str());
  order.set_sku(signal.sku().empty() ? product.sku : signal.sku());
  order.set_title(signal.title());
  order.set_priority(std::string(to_string(priority)));
  order.set_due_date(signal.due_date());
  order.set_created(request.created);
  order.set_snapshot(signal.snapshot().empty() ? product.snapshot : signal.snapshot());
  order.set_standard_work(product.standard_work);
  order.set_pull_pool(product.pool.str());
  *order.mutable_demand() = signal;
  order.mutable_demand()->set_source(request.source);
  return order;
}

}  // namespace

Result<proto::DemandSignal> parse_demand(BytesView bytes) {
  if (bytes.size() > demand_bytes_max)
    return fail(ErrorCode::invalid, "demand is longer than 64 KiB: send references, not content");
  proto::DemandSignal signal;
  auto first = bytes.find_first_not_of(" \t\r\n");
  if (first != BytesView::npos && bytes[first] == '{') {
    auto json = parse_json(bytes, 8);
    if (!json) return fail(json.error().at("demand"));
    if (auto status = from_json(*json, signal); !status) return fail(status.error().at("demand"));
  } else if (bytes.empty() || !signal.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorCode::invalid,
                "demand is neither a JSON object nor a Protobuf DemandSignal: see docs/formats/subjects.md");
  }
  TCPS_TRY(check_texts(signal));
  if (signal.signal_id().empty())
    return fail(ErrorCode::invalid, "signal_id is missing: name the signal, so that asking again is safe");
  return signal;
}

IntakeDecision decide(const LineState& line, const IntakeRequest& request, const SourceBuckets& buckets,
                      const std::string& node) {
  if (line.genesis().empty()) return Refuse{"the line has no genesis yet: ask again", 1'000};
  if (line.product().standard_work.empty())
    return Refuse{"the line has no product yet: publish one with tcps run or tcps line publish", 5'000};
  if (!is_token(request.source))
    return Refuse{"source '" + request.source + "' is not a token of a-z, 0-9 and '-'", 0};
  if (!request.signal.source().empty() && request.signal.source() != request.source) {
    return Refuse{
        "source '" + request.signal.source() + "' does not match the subject's '" + request.source + "'", 0};
  }
  auto id = work_order_id(line.line(), request.source, request.signal.signal_id());
  if (line.find(id) != nullptr) return Known{id, false};
  if (line.closed(id)) return Known{id, true};
  if (line.waiting() + request.under_way >= line.backlog_limit()) {
    return Refuse{"the backlog of " + std::to_string(line.backlog_limit()) + " work orders is full", 5'000};
  }
  auto order = make_work_order(line, request, id, buckets);
  if (!order) return Refuse{order.error().message, 0};
  Accept accept;
  *accept.acceptance.mutable_log() = log_origin(line.line(), line.genesis());
  *accept.acceptance.mutable_work_order() = std::move(*order);
  accept.acceptance.set_node(node);
  if (request.signal.ByteSizeLong() > small_signal_bytes &&
      encode_statement(accept.acceptance, {}).size() > payload_bytes_max) {
    return Refuse{"the demand does not fit a signed message of 64 KiB: send references, not content", 0};
  }
  return accept;
}

}  // namespace tcps::line
