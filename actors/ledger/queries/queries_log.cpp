// Queries that the log answers: entries, receipts, proofs and their verification.
#include <fmt/format.h>

#include "actors/ledger/chain/replica_register.h"
#include "actors/ledger/queries/ledger_stats.h"
#include "actors/ledger/queries/queries_parts.h"
#include "actors/ledger/store/store_chain_source.h"
#include "actors/ledger/store/stored_messages.h"
#include "messages/canonical_json.h"
#include "messages/vocabulary.h"

namespace tcps::ledger::queries {
namespace {

using nlohmann::json;

constexpr size_t chains_shown_max = 1000;
constexpr uint64_t entries_counted_max = 100'000;  // per call of stats()

json digests_json(const std::vector<Digest>& digests) {
  json list = json::array();
  for (const Digest& digest : digests) list.push_back(to_base64(digest.raw()));
  return list;
}

json page_end(const std::string& next) { return next.empty() ? json(nullptr) : json(next); }

// Entries by number: `next` is where to go on, also past the end, so that a reader can follow the log.
QueryReply entries_from(const Sources& sources, uint64_t from, size_t limit) {
  const uint64_t size = sources.store.head().size;
  Rows rows;
  uint64_t index = from;
  for (; index < size && index - from < limit; ++index) {
    auto row = TCPS_TRY(sources.store.summary(index));
    auto shown = TCPS_TRY(entry_summary(sources.store, row));
    if (!rows.add(std::move(shown))) break;
  }
  return json{{"entries", rows.take()}, {"next", index}, {"size", size}};
}

// Read from the log itself.
Result<ReplicaRegister> replicas_named(LedgerStore& store) {
  ReplicaRegister replicas;
  const auto apply = [&](uint64_t index) -> Status {
    auto read = TCPS_TRY(read_entry(store, index));
    replicas.apply(read.message.predicate);
    return {};
  };
  TCPS_TRY(apply(0));
  Query query;
  query.kind = to_string(MessageKind::key_added);
  TCPS_TRY(each_row(store, query, [&](const EntrySummary& row) { return apply(row.index); }));
  return replicas;
}

json report_reply(const ChainReport& report) {
  json reply = to_json(report);
  reply["pass"] = report.passed();
  return reply;
}

json failed_reply(const std::string& what) {
  ChainReport report;
  report.fault = ChainFault{0, {}, {}, what};
  return report_reply(report);
}

QueryReply verify_whole(const Sources& sources, const LineName& line, const TrustedHead& head) {
  StoreChainSource source(sources.store);
  Rows chains;
  uint64_t left_out = 0;
  auto report = TCPS_TRY(verify_log(line, head, source, [&](const WorkOrderChain& chain) {
    const bool room = chains.count() < chains_shown_max;
    if (!room || !chains.add(to_json(chain))) ++left_out;
  }));
  json reply = report_reply(report);
  reply["chains"] = chains.take();
  reply["chains_left_out"] = left_out;
  return reply;
}

QueryReply verify_one(const Sources& sources, const LineName& line, const TrustedHead& head,
                      const std::string& id) {
  StoreChainSource source(sources.store);
  auto report = TCPS_TRY(verify_work_order(line, head, id, source));
  json reply = report_reply(report);
  if (!reply["chains"].empty()) {
    reply["chain_hash"] = reply["chains"][0]["chain_hash"];
    reply["stages"] = reply["chains"][0]["stages"];
  }
  return reply;
}

}  // namespace

json position_json(const proto::LedgerEntry& entry) {
  return {{"index", entry.index()},
          {"epoch", entry.epoch()},
          {"sequence", entry.sequence()},
          {"subject", entry.subject()},
          {"payload_digest", "sha256:" + to_hex(entry.payload_digest())}};
}

Result<uint64_t> named_entry(LedgerStore& store, Fields& fields) {
  const Digest payload = fields.digest("payload");
  const uint64_t index = fields.number("index", 0, UINT64_MAX);
  const std::string work_order = fields.text("work_order"), stage = fields.text("stage");
  const uint64_t attempt = fields.number("attempt", 0, UINT32_MAX);
  TCPS_TRY(fields.status());
  if (fields.has("index")) return index;
  if (!payload.empty()) return store.find_payload(payload);
  if (work_order.empty() || stage.empty())
    return fail(ErrorCode::invalid, "name the entry by 'index', 'payload', or 'work_order' and 'stage'");
  auto rows = TCPS_TRY(store.of_work_order(work_order));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const bool wanted = attempt == 0 || row->facets.attempt == attempt;
    if (row->facets.kind == MessageKind::receipt && row->facets.stage == stage && wanted) return row->index;
  }
  return fail(ErrorCode::not_found,
              fmt::format("work order {} has no such receipt of stage {}", work_order, stage));
}

json receipt_summary(LedgerStore& store, const EntrySummary& row) {
  json summary = {{"index", row.index},
                  {"stage", row.facets.stage},
                  {"work_order", row.facets.work_order},
                  {"attempt", row.facets.attempt},
                  {"status", row.facets.status},
                  {"node", row.facets.node},
                  {"sku", row.facets.sku},
                  {"bucket", row.facets.bucket},
                  {"actor", row.facets.actor.to_string()},
                  {"timestamp", time_text(row.facets.time_ms)},
                  {"payload_digest", row.facets.payload_digest.to_string()}};
  if (receipt_status(row.facets) != ReceiptStatus::failed) return summary;
  summary["failure"] = {{"mode", row.facets.failure_mode}};
  if (auto read = read_entry(store, row.index)) {
    const auto& failure = std::get<proto::Receipt>(read->message.predicate).failure();
    summary["failure"] = {{"mode", failure.mode()}, {"reason", cut(failure.reason(), shown_bytes_max)}};
    if (!failure.evidence().empty()) summary["failure"]["evidence"] = failure.evidence();
  }
  return summary;
}

Result<json> entry_summary(LedgerStore& store, const EntrySummary& row) {
  auto stored = TCPS_TRY(store.entry(row.index));
  json summary = position_json(stored);
  summary["kind"] = to_string(row.facets.kind);
  summary["work_order"] = row.facets.work_order;
  summary["stage"] = row.facets.stage;
  summary["attempt"] = row.facets.attempt;
  summary["status"] = row.facets.status;
  if (!row.facets.failure_mode.empty()) summary["failure_mode"] = row.facets.failure_mode;
  summary["node"] = row.facets.node;
  summary["sku"] = row.facets.sku;
  summary["bucket"] = row.facets.bucket;
  summary["actor"] = row.facets.actor.to_string();
  summary["timestamp"] = time_text(row.facets.time_ms);
  return summary;
}

QueryReply receipts(const Sources& sources, Fields& fields) {
  auto query = TCPS_TRY(query_of(fields));
  query.kind = to_string(MessageKind::receipt);
  auto page = TCPS_TRY(sources.store.find(query));
  Rows rows;
  for (const EntrySummary& row : page.rows) {
    if (!rows.add(receipt_summary(sources.store, row)))
      return fail(ErrorCode::invalid, "the page is too long for a reply: ask with a smaller 'limit'");
  }
  return json{{"receipts", rows.take()}, {"next", page_end(page.next)}};
}

QueryReply receipt(const Sources& sources, Fields& fields) {
  auto index = TCPS_TRY(named_entry(sources.store, fields));
  auto read = TCPS_TRY(read_entry(sources.store, index));
  auto statement = TCPS_TRY(statement_of(read.message));
  json reply = position_json(read.stored);
  reply["envelope"] = to_base64(read.stored.envelope());
  reply["statement"] = std::move(statement);
  return reply;
}

QueryReply entries(const Sources& sources, Fields& fields) {
  const bool by_number = fields.has("from") && !fields.is_text("from");
  if (by_number) {
    const uint64_t from = fields.number("from", 0, UINT64_MAX);
    const size_t limit = fields.limit();
    TCPS_TRY(fields.status());
    return entries_from(sources, from, limit);
  }
  auto query = TCPS_TRY(query_of(fields));
  auto page = TCPS_TRY(sources.store.find(query));
  Rows rows;
  for (const EntrySummary& row : page.rows) {
    auto shown = TCPS_TRY(entry_summary(sources.store, row));
    if (!rows.add(std::move(shown)))
      return fail(ErrorCode::invalid, "the page is too long for a reply: ask with a smaller 'limit'");
  }
  return json{{"entries", rows.take()}, {"next", page_end(page.next)}};
}

QueryReply entry(const Sources& sources, Fields& fields) {
  auto index = TCPS_TRY(named_entry(sources.store, fields));
  auto stored = TCPS_TRY(sources.store.entry(index));
  json reply = position_json(stored);
  reply["envelope"] = to_base64(stored.envelope());
  return reply;
}

QueryReply refused(const Sources& sources, Fields& fields) {
  const uint64_t from = fields.number("from", 0, UINT64_MAX);
  const size_t limit = fields.limit();
  TCPS_TRY(fields.status());
  auto kept = TCPS_TRY(sources.store.refused(from, limit));
  Rows rows;
  for (const proto::RefusedEntry& one : kept) {
    const bool room = rows.add({{"epoch", one.epoch()},
                                {"sequence", one.sequence()},
                                {"subject", cut(one.subject(), shown_bytes_max)},
                                {"digest", "sha256:" + to_hex(one.digest())},
                                {"reason", cut(one.reason(), shown_bytes_max)},
                                {"size_bytes", one.size_bytes()}});
    if (!room) break;
  }
  return json{{"refused", rows.take()}, {"total", sources.store.head().refused}};
}

Result<TrustedCheckpoint> trusted_checkpoint(LedgerStore& store, const LineName& line) {
  auto latest = TCPS_TRY(store.latest_checkpoint());
  auto replicas = TCPS_TRY(replicas_named(store));
  const std::string origin = tlog::checkpoint_origin(line, store.head().genesis);
  for (const PublicKey& key : replicas.keys_named()) {
    auto note_key = tlog::NoteKey::make(origin, tlog::NoteKeyType::ed25519, key);
    if (note_key && latest.checkpoint.origin == origin && tlog::verify_note(latest.note, *note_key))
      return TrustedCheckpoint{std::move(latest), note_key->format()};
  }
  return fail(
      ErrorCode::corrupt,
      fmt::format("the newest checkpoint (size {}) is signed by no replica that the log names: do not trust "
                  "this copy, compare it with a peer's",
                  latest.checkpoint.size));
}

QueryReply checkpoint(const Sources& sources, Fields&) {
  auto trusted = TCPS_TRY(
      trusted_checkpoint(sources.store, sources.line.read([](const auto& line) { return line.line(); })));
  const tlog::Checkpoint& head = trusted.checkpoint.checkpoint;
  return json{{"note", trusted.checkpoint.note.encode()},
              {"size", head.size},
              {"root", head.root.to_string()},
              {"origin", head.origin},
              {"key", trusted.key}};
}

QueryReply proof(const Sources& sources, Fields& fields) {
  const uint64_t size_now = sources.store.head().size;
  const uint64_t index = fields.number("index", 0, UINT64_MAX);
  const uint64_t size = fields.number("size", size_now, UINT64_MAX);
  const uint64_t from = fields.number("old", 0, UINT64_MAX), to = fields.number("new", size_now, UINT64_MAX);
  const bool consistency = fields.has("old");
  TCPS_TRY(fields.status());
  if (!consistency && !fields.has("index"))
    return fail(ErrorCode::invalid, "name an entry by 'index', or two sizes by 'old' and 'new'");
  auto root = TCPS_TRY(sources.store.root(consistency ? to : size));
  if (consistency) {
    auto path = TCPS_TRY(sources.store.consistency(from, to));
    auto root_before = TCPS_TRY(sources.store.root(from));
    return json{{"old", from},
                {"new", to},
                {"old_root", to_base64(root_before.raw())},
                {"root", to_base64(root.raw())},
                {"proof", digests_json(path)}};
  }
  auto stored = TCPS_TRY(sources.store.entry(index));
  auto path = TCPS_TRY(sources.store.inclusion(index, size));
  return json{{"leaf_hash", to_base64(tlog::leaf_hash(stored.envelope()).raw())},
              {"index", index},
              {"size", size},
              {"root", to_base64(root.raw())},
              {"proof", digests_json(path)}};
}

QueryReply verify_chain(const Sources& sources, Fields& fields) {
  const std::string id = fields.text("work_order");
  TCPS_TRY(fields.status());
  const LineName line = sources.line.read([](const auto& state) { return state.line(); });
  if (sources.store.head().size == 0) return failed_reply("the ledger is empty");
  TrustedHead head{0, tlog::empty_root()};  // without a checkpoint the entries alone are checked
  const auto latest = sources.store.latest_checkpoint();
  if (latest) head = {latest->checkpoint.size, latest->checkpoint.root};
  auto reply = id.empty() ? verify_whole(sources, line, head) : verify_one(sources, line, head, id);
  if (!reply || !latest || !reply->at("pass").get<bool>()) return reply;
  if (auto trusted = trusted_checkpoint(sources.store, line); !trusted)
    return failed_reply(trusted.error().message);
  return reply;
}

QueryReply stats(const Sources& sources, Fields& fields) {
  const uint64_t from = fields.number("from", 0, UINT64_MAX);
  const uint64_t limit = fields.number("limit", entries_counted_max, entries_counted_max);
  TCPS_TRY(fields.status());
  const uint64_t size = sources.store.head().size;
  LedgerStats counted;
  uint64_t index = from;
  for (; index < size && index - from < limit; ++index) {
    auto row = TCPS_TRY(sources.store.summary(index));
    counted.add(row.facets);
  }
  return json{{"from", from}, {"next", index}, {"size", size}, {"stats", counted.to_json()}};
}

}  // namespace tcps::ledger::queries
