// Queries about work orders: open ones from the fold, closed ones from the ledger.
#include <fmt/format.h>

#include <algorithm>

#include "actors/ledger/queries/queries_parts.h"
#include "messages/canonical_json.h"
#include "messages/codec.h"
#include "messages/iso8601.h"
#include "messages/vocabulary.h"
#include "messages/work_order_status.h"

namespace tcps::ledger::queries {
namespace {

using nlohmann::json;

constexpr size_t acceptances_examined_max = 5'000;  // per call
constexpr size_t related_shown_max = 500;           // receipts and events of one work order

// What a work order is doing, wherever that is known from.
struct Standing {
  WorkOrderStatus status = WorkOrderStatus::working;
  std::string stage;
  uint32_t attempt = 1;
  std::string version;
  std::string failure_mode;
  std::string reason;
  Digest acceptance;
  uint64_t position = 0;
};

Standing standing_of(const line::WorkOrderState& order) {
  return {status_told(order.phase),
          std::string(tcps::to_string(order.stage)),
          order.attempt,
          order.version,
          order.failure_mode,
          order.reason,
          order.acceptance,
          order.accepted_position};
}

std::optional<Standing> in_fold(const Sources& sources, const std::string& id, uint64_t& position) {
  const auto parsed = WorkOrderId::parse(id);
  return sources.line.read([&](const line::LineState& line) -> std::optional<Standing> {
    position = line.position();
    const auto* order = parsed ? line.find(*parsed) : nullptr;
    return order == nullptr ? std::nullopt : std::optional(standing_of(*order));
  });
}

// Of one that has left the fold. `position`: the fold's, when it had left. A ledger that is still behind
// shows it at work.
Result<Standing> of_closed(LedgerStore& store, const std::vector<EntrySummary>& entries, uint64_t position) {
  Standing standing;
  standing.status =
      store.head().next.sequence > position ? WorkOrderStatus::cancelled : WorkOrderStatus::working;
  for (const EntrySummary& row : entries) {
    standing.attempt = std::max(standing.attempt, row.facets.attempt);
    const auto status = receipt_status(row.facets);
    if (!status) continue;
    standing.stage = row.facets.stage;
    if (row.facets.stage != to_string(Stage::verify) || status != ReceiptStatus::completed) continue;
    standing.status = WorkOrderStatus::done;
    auto read = TCPS_TRY(read_entry(store, row.index));
    standing.version = std::get<proto::Receipt>(read.message.predicate).version();
  }
  return standing;
}

// The accepted work order itself.
Result<proto::WorkOrder> accepted(LedgerStore& store, uint64_t index) {
  auto read = TCPS_TRY(read_entry(store, index));
  const auto* acceptance = std::get_if<proto::Acceptance>(&read.message.predicate);
  if (acceptance == nullptr)
    return fail(ErrorCode::not_found, fmt::format("entry {} is no acceptance", index));
  return acceptance->work_order();
}

// A row of a list, and what decides whether it is shown.
struct ListedOrder {
  WorkOrderStatus status;
  json row;
};

json row_of(const std::string& id, const Standing& standing, const proto::WorkOrder& order) {
  json row = {{"id", id},
              {"sku", order.sku()},
              {"version", standing.version},
              {"title", cut(order.title(), shown_bytes_max)},
              {"bucket", order.bucket()},
              {"priority", order.priority()},
              {"status", to_string(standing.status)},
              {"stage", standing.stage},
              {"attempt", standing.attempt},
              {"accepted_at", order.created()}};
  if (!standing.failure_mode.empty()) row["failure_mode"] = standing.failure_mode;
  if (!standing.reason.empty()) row["reason"] = cut(standing.reason, shown_bytes_max);
  return row;
}

struct OrderFilter {
  StatusFilter status = StatusFilter::open;
  std::string bucket, sku;
  size_t limit = 0;
  std::string page;

  bool takes(const ListedOrder& listed) const {
    if (!bucket.empty() && listed.row["bucket"] != bucket) return false;
    if (!sku.empty() && listed.row["sku"] != sku) return false;
    return tcps::takes(status, listed.status);
  }
};

// Errors: invalid.
Result<OrderFilter> order_filter_of(Fields& fields) {
  const std::string status = fields.text("status");
  OrderFilter filter{StatusFilter::open, fields.text("bucket"), fields.text("sku"), fields.limit(),
                     fields.text("page")};
  TCPS_TRY(fields.status());
  const auto known = status.empty() ? StatusFilter::open : find_word<StatusFilter>(status);
  if (!known) return fail(ErrorCode::invalid, fmt::format("'status' must be {}", list_words<StatusFilter>()));
  filter.status = *known;
  if (filter.limit == 0) return fail(ErrorCode::invalid, "'limit' must be at least 1");
  return filter;
}

// Open ones, in order of acceptance; the page token is the position after which to go on.
QueryReply open_orders(const Sources& sources, const OrderFilter& filter) {
  uint64_t after = 0;
  if (!filter.page.empty()) {
    const auto token = from_hex(filter.page);
    const auto position = token ? from_big_endian(*token) : std::nullopt;
    if (!position)
      return fail(ErrorCode::invalid, "the page token is not one of this query: start again without one");
    after = *position;
  }
  std::vector<std::pair<std::string, Standing>> found;
  sources.line.read([&](const line::LineState& line) {
    for (const auto& [id, order] : line.work_orders()) {
      if (order.accepted_position > after) found.emplace_back(id.str(), standing_of(order));
    }
  });
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.second.position < b.second.position; });
  Rows rows;
  uint64_t last = after;
  size_t examined = 0;
  for (const auto& [id, standing] : found) {
    proto::WorkOrder order;  // without texts until the ledger has it
    if (auto index = sources.store.find_payload(standing.acceptance)) {
      order = TCPS_TRY(accepted(sources.store, *index));
    }
    ListedOrder listed{standing.status, row_of(id, standing, order)};
    if (filter.takes(listed) && !rows.add(std::move(listed.row))) break;
    last = standing.position;
    ++examined;
    if (rows.count() == filter.limit || examined == acceptances_examined_max) break;
  }
  const bool more = examined < found.size();
  return json{{"work_orders", rows.take()}, {"next", more ? json(to_hex(big_endian(last))) : json(nullptr)}};
}

Result<ListedOrder> order_of_entry(const Sources& sources, const EntrySummary& acceptance) {
  auto order = TCPS_TRY(accepted(sources.store, acceptance.index));
  uint64_t position = 0;
  if (auto open = in_fold(sources, order.id(), position))
    return ListedOrder{open->status, row_of(order.id(), *open, order)};
  auto entries = TCPS_TRY(sources.store.of_work_order(order.id()));
  auto closed = TCPS_TRY(of_closed(sources.store, entries, position));
  return ListedOrder{closed.status, row_of(order.id(), closed, order)};
}

// Closed ones too: a walk over the acceptances of the ledger.
QueryReply all_orders(const Sources& sources, const OrderFilter& filter) {
  Query query;
  query.kind = to_string(MessageKind::acceptance);
  query.bucket = filter.bucket;
  query.sku = filter.sku;
  query.page = filter.page;
  query.limit = filter.limit;
  Rows rows;
  for (size_t examined = 0; examined < acceptances_examined_max;) {
    query.limit = filter.limit - rows.count();
    auto page = TCPS_TRY(sources.store.find(query));
    for (const EntrySummary& acceptance : page.rows) {
      auto listed = TCPS_TRY(order_of_entry(sources, acceptance));
      if (filter.takes(listed) && !rows.add(std::move(listed.row)))
        return fail(ErrorCode::invalid, "the page is too long for a reply: ask with a smaller 'limit'");
    }
    examined += std::max<size_t>(1, page.rows.size());
    query.page = page.next;
    if (query.page.empty() || rows.count() == filter.limit) break;
  }
  return json{{"work_orders", rows.take()}, {"next", query.page.empty() ? json(nullptr) : json(query.page)}};
}

// Everything a receipt says that people ask for.
json receipt_detail(LedgerStore& store, const EntrySummary& row, const proto::Receipt& receipt) {
  json detail = receipt_summary(store, row);
  detail["started_at"] = receipt.started_at();
  detail["ended_at"] = receipt.ended_at();
  const auto from = parse_iso8601(receipt.started_at()), to = parse_iso8601(receipt.ended_at());
  if (from && to) detail["duration_ms"] = std::max<int64_t>(0, *to - *from);
  if (!receipt.version().empty()) detail["version"] = receipt.version();
  if (!receipt.manifest().empty()) detail["manifest"] = receipt.manifest();
  return detail;
}

void add_receipt(LedgerStore& store, const EntrySummary& row, const LineMessage& message, json& reply) {
  const auto& receipt = std::get<proto::Receipt>(message.predicate);
  reply["receipts"].push_back(receipt_detail(store, row, receipt));
  if (status_of(receipt) != ReceiptStatus::completed) return;
  for (const StatementSubject& subject : message.subjects) {
    reply["artifacts"].push_back(
        {{"stage", receipt.stage()}, {"name", subject.name}, {"digest", subject.digest.to_string()}});
  }
  if (receipt.stage() != to_string(Stage::publish)) return;
  const auto& fields = receipt.stage_fields().fields();
  reply["release"] = {{"version", receipt.version()}, {"receipt", row.facets.payload_digest.to_string()}};
  reply["release"]["publications"] = json::array();
  if (const auto found = fields.find("publications"); found != fields.end())
    reply["release"]["publications"] = tcps::to_json(found->second);
}

Status add_related(const Sources& sources, const std::vector<EntrySummary>& entries, json& reply) {
  reply["receipts"] = reply["events"] = reply["artifacts"] = json::array();
  const size_t first = entries.size() > related_shown_max ? entries.size() - related_shown_max : 0;
  reply["left_out"] = first;  // the oldest ones
  for (size_t i = first; i < entries.size(); ++i) {
    const EntrySummary& row = entries[i];
    if (!receipt_status(row.facets)) {
      auto shown = TCPS_TRY(entry_summary(sources.store, row));
      reply["events"].push_back(std::move(shown));
      continue;
    }
    auto read = TCPS_TRY(read_entry(sources.store, row.index));
    add_receipt(sources.store, row, read.message, reply);
  }
  return {};
}

json open_andons(const Sources& sources, const std::string& id) {
  return sources.line.read([&](const line::LineState& line) {
    Rows rows;
    for (const auto& [name, call] : line.andons()) {
      if (call.work_order == id && !rows.add(andon_json(call, true))) break;
    }
    return rows.take();
  });
}

}  // namespace

QueryReply work_orders(const Sources& sources, Fields& fields) {
  const auto filter = TCPS_TRY(order_filter_of(fields));
  return takes_closed(filter.status) ? all_orders(sources, filter) : open_orders(sources, filter);
}

QueryReply work_order(const Sources& sources, Fields& fields) {
  const std::string id = fields.text("id");
  TCPS_TRY(fields.status());
  if (id.empty()) return fail(ErrorCode::invalid, "'id' is missing: name the work order");
  uint64_t position = 0;
  const auto open = in_fold(sources, id, position);
  auto entries = TCPS_TRY(sources.store.of_work_order(id));
  if (!open && entries.empty())
    return fail(ErrorCode::not_found,
                fmt::format("there is no work order {}: see tcps work-order list --all", cut(id, 64)));
  Standing standing;
  if (open) {
    standing = *open;
  } else if (auto closed = of_closed(sources.store, entries, position)) {
    standing = std::move(*closed);
  } else {
    return fail(closed.error());
  }
  proto::WorkOrder order;
  if (!entries.empty() && entries.front().facets.kind == MessageKind::acceptance) {
    order = TCPS_TRY(accepted(sources.store, entries.front().index));
  }
  json reply = row_of(id, standing, order);
  reply["work_order"] = tcps::to_json(order);
  TCPS_TRY(add_related(sources, entries, reply));
  reply["andons"] = open_andons(sources, id);
  return reply;
}

}  // namespace tcps::ledger::queries
