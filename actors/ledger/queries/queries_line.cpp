// Queries that the fold answers: where the line stands, who works it, what calls for help.
#include <algorithm>

#include "actors/ledger/queries/queries_parts.h"
#include "messages/canonical_json.h"
#include "messages/vocabulary.h"

namespace tcps::ledger::queries {
namespace {

using nlohmann::json;

json stopped_stages(const line::LineState& line) {
  json stopped = json::array();
  for (Stage stage : all_stages) {
    if (line.stage_stopped(stage)) stopped.push_back(to_string(stage));
  }
  return stopped;
}

// Who holds the roles that are claimed, by role.
json holders(const line::LineState& line) {
  json roles = json::object();
  for (Role role : all_words<Role>) {
    if (!is_claimed(role)) continue;
    const line::RoleHolder& holder = line.holder(role);
    roles[std::string(to_string(role))] = {{"node", holder.node}, {"term", holder.term}};
  }
  return roles;
}

bool is_newer(const line::AndonCall& a, const line::AndonCall& b) { return a.position > b.position; }

// The open calls that stop the line or a stage, newest first.
json stops_of(const line::LineState& line) {
  std::vector<line::AndonCall> stops;
  for (const auto& [id, call] : line.andons()) {
    if (stops_work(call)) stops.push_back(call);
  }
  std::sort(stops.begin(), stops.end(), is_newer);
  Rows rows;
  for (const line::AndonCall& call : stops) {
    const bool added = rows.add({{"andon", call.id},
                                 {"what", call.stage ? to_string(*call.stage) : "line"},
                                 {"kind", to_string(call.kind)},
                                 {"reason", cut(call.reason, shown_bytes_max)}});
    if (!added) break;
  }
  return rows.take();
}

json product_json(const line::Product& product) {
  return {{"snapshot", product.snapshot},
          {"standard_work", product.standard_work},
          {"sku", product.sku},
          {"pool", product.pool.str()}};
}

json line_status(const line::LineState& line) {
  json buckets = json::object();
  for (Bucket bucket : all_buckets)
    buckets[std::string(to_string(bucket))] = line.cycle().weights()[static_cast<size_t>(bucket)];
  return {{"line", line.line().str()},
          {"genesis", line.genesis()},
          {"position", line.position()},
          {"rules_version", line::rules_version},
          {"epoch", line.epoch()},
          {"wip", line.wip().used},
          {"wip_limit", line.wip().limit},
          {"backlog", line.backlog().size()},
          {"backlog_limit", line.backlog_limit()},
          {"waiting", line.waiting()},
          {"work_orders", line.work_orders().size()},
          {"done", line.done_count()},
          {"closed", line.closed_count()},
          {"line_stopped", line.line_stopped()},
          {"stopped_stages", stopped_stages(line)},
          {"product", product_json(line.product())},
          {"bucket_weights", std::move(buckets)},
          {"stops", stops_of(line)},
          {"roles", holders(line)},
          {"open_andons", line.andons().size()}};
}

json wip_of(const line::LineState& line) {
  json stages = json::array();
  for (Stage stage : all_stages) {
    stages.push_back({{"stage", to_string(stage)},
                      {"open_cards", line.open_cards(stage)},
                      {"stopped", line.stage_stopped(stage)}});
  }
  json buckets = json::array();
  for (Bucket bucket : all_buckets) {
    const auto at = static_cast<size_t>(bucket);
    buckets.push_back({{"bucket", to_string(bucket)},
                       {"weight", line.cycle().weights()[at]},
                       {"used", line.cycle().used()[at]},
                       {"waiting", line.backlog().size(bucket)}});
  }
  const line::WipCount wip = line.wip();
  return {{"wip", wip.used},
          {"wip_limit", wip.limit},
          {"available", wip.free()},
          {"status", wip.free() > 0 ? "ACCEPT" : "FULL"},
          {"stages", std::move(stages)},
          {"buckets", std::move(buckets)}};
}

json key_json(const line::KeyGrant& grant) {
  json roles = json::array(), stages = json::array();
  for (Role role : grant.roles) roles.push_back(to_string(role));
  for (Stage stage : grant.stages) stages.push_back(tcps::to_string(stage));
  return {{"key_id", grant.key_id},
          {"owner", grant.owner},
          {"roles", std::move(roles)},
          {"stages", std::move(stages)},
          {"pools", grant.pools}};
}

json node_json(const line::Peers::Peer& peer, const line::LineState& line, const Sources& sources) {
  json roles = json::array();
  for (Role role : all_words<Role>) {
    if (is_claimed(role) && line.holder(role).node == peer.beat.node) roles.push_back(to_string(role));
  }
  json node = peer.beat.to_json();
  node["roles"] = std::move(roles);
  if (sources.boot_ms) node["silent_ms"] = std::max<int64_t>(0, sources.boot_ms() - peer.heard_ms);
  return node;
}

// Calls raised so far, closed ones too, newest first.
QueryReply andons_of_ledger(const Sources& sources, size_t limit) {
  Query query;
  query.kind = to_string(MessageKind::andon_raised);
  query.newest_first = true;
  query.limit = limit;
  auto page = TCPS_TRY(sources.store.find(query));
  Rows rows;
  for (const EntrySummary& row : page.rows) {
    auto read = TCPS_TRY(read_entry(sources.store, row.index));
    const auto& m = std::get<proto::AndonRaised>(read.message.predicate);
    const auto kind = TCPS_TRY(andon_kind_of(m));
    line::AndonCall call{m.andon_id(),  m.work_order_id(), m.attempt(), find_word<Stage>(m.stage()),
                         kind,          m.mode(),          m.reason(),  m.severity(),
                         m.raised_by(), m.raised_at()};
    const auto open = sources.line.read([&](const line::LineState& line) -> std::optional<line::AndonCall> {
      const auto found = line.andons().find(call.id);
      if (found == line.andons().end() || found->second.raised_at != call.raised_at) return std::nullopt;
      return found->second;
    });
    if (!rows.add(andon_json(open.value_or(call), open.has_value()))) break;
  }
  return json{{"andons", rows.take()}};
}

}  // namespace

json andon_json(const line::AndonCall& call, bool open) {
  return {{"id", call.id},
          {"kind", to_string(call.kind)},
          {"work_order", call.work_order},
          {"attempt", call.attempt},
          {"stage", call.stage ? to_string(*call.stage) : ""},
          {"mode", call.mode},
          {"reason", cut(call.reason, shown_bytes_max)},
          {"severity", call.severity},
          {"raised_by", call.raised_by},
          {"raised_at", call.raised_at},
          {"level", call.level},
          {"acknowledged", call.acknowledged},
          {"open", open}};
}

QueryReply status(const Sources& sources, Fields&) {
  json reply = sources.line.read(line_status);
  const Head head = sources.store.head();
  reply["synced_size"] = head.size;
  reply["root"] = head.root.to_string();
  reply["refused"] = head.refused;
  reply["checkpoint"] = nullptr;
  if (auto latest = sources.store.latest_checkpoint()) {
    const tlog::Checkpoint& checkpoint = latest->checkpoint;
    reply["checkpoint"] = {
        {"size", checkpoint.size}, {"root", checkpoint.root.to_string()}, {"origin", checkpoint.origin}};
  } else if (latest.error().code != ErrorCode::not_found) {
    return fail(latest.error());
  }
  return reply;
}

QueryReply wip(const Sources& sources, Fields&) { return sources.line.read(wip_of); }

QueryReply nodes(const Sources& sources, Fields&) {
  const auto peers = sources.peers == nullptr ? std::vector<line::Peers::Peer>() : sources.peers->all();
  return sources.line.read([&](const line::LineState& line) -> json {
    Rows heard, keys;
    for (const auto& peer : peers) {
      if (!heard.add(node_json(peer, line, sources))) break;
    }
    for (const line::KeyGrant* grant : line.keys().all()) {
      if (!keys.add(key_json(*grant))) break;
    }
    json replicas = json::array();
    for (const auto& [node, position] : line.replicas()) replicas.push_back(node);
    return {{"nodes", heard.take()}, {"keys", keys.take()}, {"replicas", std::move(replicas)}};
  });
}

QueryReply andons(const Sources& sources, Fields& fields) {
  const bool all = fields.flag("all");
  size_t limit = fields.limit();
  TCPS_TRY(fields.status());
  if (all) return andons_of_ledger(sources, limit);
  std::vector<line::AndonCall> open;
  sources.line.read([&](const line::LineState& line) {
    for (const auto& [id, call] : line.andons()) open.push_back(call);
  });
  std::sort(open.begin(), open.end(), is_newer);
  Rows rows;
  for (const line::AndonCall& call : open) {
    if (limit-- == 0 || !rows.add(andon_json(call, true))) break;
  }
  return json{{"andons", rows.take()}};
}

}  // namespace tcps::ledger::queries
