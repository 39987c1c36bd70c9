// Queries that walk back from a receipt or an artifact to the demand.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "actors/ledger/chain/provenance.h"
#include "actors/ledger/queries/queries_parts.h"
#include "actors/ledger/queries/trace.h"
#include "messages/vocabulary.h"

namespace tcps::ledger::queries {
namespace {

using nlohmann::json;

constexpr size_t origins_max = 100;  // makers of one artifact that a trace shows

Digest predecessor_of(const LineMessage& message) {
  const std::string* text = nullptr;
  if (const auto* receipt = std::get_if<proto::Receipt>(&message.predicate)) text = &receipt->predecessor();
  if (const auto* dispatch = std::get_if<proto::Dispatch>(&message.predicate))
    text = &dispatch->predecessor();
  return text == nullptr ? Digest{} : Digest::parse(*text).value_or(Digest{});
}

Result<Lineage> lineage_from(LedgerStore& store, uint64_t index) {
  Lineage lineage;
  for (;;) {
    auto read = TCPS_TRY(read_entry(store, index));
    const Digest before = predecessor_of(read.message);
    lineage.push_back({index, std::move(read.message)});
    if (before.empty()) return lineage;
    if (lineage.size() == lineage_steps_max)
      return fail(ErrorCode::full,
                  fmt::format("entry {}: its way back has too many steps", lineage[0].index));
    auto found = TCPS_TRY(store.find_payload(before));
    // Each follows an earlier one: a chain without end cannot be told otherwise.
    if (found >= index)
      return fail(ErrorCode::corrupt, fmt::format("entry {} follows a later one, {}", index, found));
    index = found;
  }
}

// The receipts whose stage made the artifact: of each work order the first that names it.
Result<std::vector<uint64_t>> makers_of(LedgerStore& store, const Digest& artifact, bool& more) {
  Query query;
  query.artifact = artifact;
  query.kind = to_string(MessageKind::receipt);
  query.status = to_string(ReceiptStatus::completed);
  query.limit = page_rows_max;
  auto page = TCPS_TRY(store.find(query));
  std::vector<EntrySummary> rows = std::move(page.rows);
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  std::set<std::string> work_orders;
  std::vector<uint64_t> makers;
  for (const EntrySummary& row : rows) {
    if (!work_orders.insert(row.facets.work_order).second) continue;
    if (makers.size() == origins_max) break;
    makers.push_back(row.index);
  }
  more = !page.next.empty() || work_orders.size() > makers.size();
  return makers;
}

}  // namespace

QueryReply provenance(const Sources& sources, Fields& fields) {
  auto index = TCPS_TRY(named_entry(sources.store, fields));
  auto lineage = TCPS_TRY(lineage_from(sources.store, index));
  auto statement = TCPS_TRY(slsa_provenance(lineage));
  return json{{"index", index},
              {"payload_digest", lineage.front().message.payload_digest.to_string()},
              {"statement", std::move(statement)}};
}

QueryReply trace(const Sources& sources, Fields& fields) {
  const Digest artifact = fields.digest("artifact");
  TCPS_TRY(fields.status());
  std::vector<uint64_t> makers;
  bool more = false;
  if (fields.has("index") || fields.has("payload") || fields.has("work_order")) {
    auto index = TCPS_TRY(named_entry(sources.store, fields));
    makers.push_back(index);
  } else if (artifact.empty()) {
    return fail(ErrorCode::invalid,
                "name the file by 'artifact' (its digest), or its receipt by 'index', 'payload', or "
                "'work_order' and 'stage'");
  } else {
    makers = TCPS_TRY(makers_of(sources.store, artifact, more));
    if (makers.empty())
      return fail(ErrorCode::not_found, fmt::format("no receipt names a file {}", artifact.to_string()));
  }
  Rows origins;
  for (uint64_t index : makers) {
    auto lineage = TCPS_TRY(lineage_from(sources.store, index));
    if (!origins.add(origin_json(lineage, artifact))) {
      more = true;
      break;
    }
  }
  json reply = {{"artifact", nullptr}, {"made_by", origins.take()}, {"more", more}};
  if (!artifact.empty()) reply["artifact"] = artifact.to_string();
  return reply;
}

}  // namespace tcps::ledger::queries
