#include "actors/ledger/queries/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "actors/ledger/queries/queries_parts.h"
#include "messages/canonical_json.h"
#include "messages/iso8601.h"
#include "messages/utf8.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

struct NamedQuery {
  std::string_view name;
  queries::QueryReply (*answer)(const queries::Sources&, queries::Fields&);
};

constexpr std::array<NamedQuery, 19> named_queries = {{
    {"status", queries::status},
    {"work-orders", queries::work_orders},
    {"work-order", queries::work_order},
    {"receipts", queries::receipts},
    {"receipt", queries::receipt},
    {"entries", queries::entries},
    {"entry", queries::entry},
    {"refused", queries::refused},
    {"andons", queries::andons},
    {"wip", queries::wip},
    {"nodes", queries::nodes},
    {"checkpoint", queries::checkpoint},
    {"proof", queries::proof},
    {"verify-chain", queries::verify_chain},
    {"stats", queries::stats},
    {"tile", queries::tile},
    {"entry-bundle", queries::entry_bundle},
    {"provenance", queries::provenance},
    {"trace", queries::trace},
}};

// How far the replica had followed when it began to answer.
json position_of(const Head& head) {
  return {{"size", head.size},
          {"epoch", head.next.epoch},
          {"sequence", head.next.sequence == 0 ? 0 : head.next.sequence - 1}};
}

}  // namespace

LedgerQueries::LedgerQueries(LedgerStore& store, const line::SharedLine& line, const line::Peers* peers,
                             BootClock boot_ms)
    : store_(store), line_(line), peers_(peers), boot_ms_(std::move(boot_ms)) {}

Result<json> LedgerQueries::answer(std::string_view query, const json& request) const {
  const auto known = std::find_if(named_queries.begin(), named_queries.end(),
                                  [&](const NamedQuery& candidate) { return candidate.name == query; });
  if (known == named_queries.end()) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no query '{}': see docs/formats/queries.md", query.substr(0, 64)));
  }
  if (!request.is_object())
    return fail(ErrorCode::invalid, fmt::format("query {}: the request must be a JSON object", query));
  queries::Fields fields(request);
  const uint64_t at_least = fields.number("at_least", 0, UINT64_MAX);
  if (!fields.status()) return fail(fields.status().error().at(query));
  const Head head = store_.head();
  if (head.size < at_least) {
    return fail(ErrorCode::unavailable,
                fmt::format("{}: this replica has {} entries, {} are asked for: ask again", query, head.size,
                            at_least));
  }
  auto reply = known->answer({store_, line_, peers_, boot_ms_}, fields);
  if (!reply) return fail(reply.error().at(query));
  (*reply)["as_of"] = position_of(head);
  return reply;
}

std::vector<std::string_view> LedgerQueries::names() {
  std::vector<std::string_view> names;
  for (const NamedQuery& query : named_queries) names.push_back(query.name);
  return names;
}

namespace queries {

const json* Fields::member(const char* name) const {
  const auto found = request_.find(name);
  return found == request_.end() || found->is_null() ? nullptr : &*found;
}

void Fields::wrong(const char* name, const std::string& what) {
  if (status_) status_ = fail(ErrorCode::invalid, fmt::format("'{}' {}", name, what));
}

bool Fields::has(const char* name) const { return member(name) != nullptr; }

bool Fields::is_text(const char* name) const { return has(name) && member(name)->is_string(); }

std::string Fields::text(const char* name) {
  const json* value = member(name);
  if (value == nullptr) return {};
  if (value->is_string() && value->get_ref<const std::string&>().size() <= 512)
    return value->get<std::string>();
  wrong(name, "must be a text of at most 512 bytes");
  return {};
}

uint64_t Fields::number(const char* name, uint64_t otherwise, uint64_t most) {
  const json* value = member(name);
  if (value == nullptr) return otherwise;
  const bool whole =
      value->is_number_unsigned() || (value->is_number_integer() && value->get<int64_t>() >= 0);
  if (whole && value->get<uint64_t>() <= most) return value->get<uint64_t>();
  wrong(name, fmt::format("must be a whole number of at most {}", most));
  return otherwise;
}

bool Fields::flag(const char* name) {
  const json* value = member(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) wrong(name, "must be true or false");
  return value->is_boolean() && value->get<bool>();
}

Digest Fields::digest(const char* name) {
  if (!has(name)) return {};
  const auto parsed = Digest::parse(text(name));
  if (!parsed) wrong(name, "must be a digest: sha256:<64 hex digits>");
  return parsed.value_or(Digest{});
}

std::optional<int64_t> Fields::time_ms(const char* name) {
  if (!has(name)) return std::nullopt;
  const auto parsed = parse_iso8601(text(name));
  if (!parsed) {
    wrong(name, "must be a time such as 2026-01-26T10:00:00Z");
    return std::nullopt;
  }
  return *parsed;
}

bool Rows::add(json row) {
  const size_t size = row.dump(-1, ' ', false, json::error_handler_t::replace).size() + 1;
  if (bytes_ + size > reply_bytes_max - (64u << 10)) return false;
  bytes_ += size;
  rows_.push_back(std::move(row));
  return true;
}

Result<ReadEntry> read_entry(LedgerStore& store, uint64_t index) {
  auto stored = TCPS_TRY(store.entry(index));
  auto message = LineMessage::decode(stored.envelope());
  if (!message) return fail(ErrorCode::corrupt, fmt::format("entry {}: {}", index, message.error().message));
  return ReadEntry{std::move(stored), std::move(*message)};
}

Result<json> statement_of(const LineMessage& message) { return parse_json(message.envelope.payload); }

std::string time_text(int64_t time_ms) { return time_ms == 0 ? std::string() : to_iso8601(time_ms); }

std::string cut(const std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  return std::string(utf8::cut(text, bytes_max)) + "…";
}

Result<Query> query_of(Fields& fields) {
  Query query;
  query.work_order = fields.text("work_order");
  query.stage = fields.text("stage");
  query.status = fields.text("status");
  query.failure_mode = fields.text("failure_mode");
  query.sku = fields.text("sku");
  query.bucket = fields.text("bucket");
  query.node = fields.text("node");
  query.kind = fields.text("kind");
  query.actor = fields.digest("actor");
  query.artifact = fields.digest("artifact");
  query.time_from_ms = fields.time_ms("from");
  query.time_to_ms = fields.time_ms("to");
  query.newest_first = fields.flag("newest_first");
  query.limit = fields.limit();
  query.page = fields.text("page");
  TCPS_TRY(fields.status());
  return query;
}

}  // namespace queries
}  // namespace tcps::ledger
