#include "nodes/tcpsd/services/artifact_sweeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/ledger/store/stored_messages.h"
#include "actors/stages/common/manifest.h"
#include "messages/iso8601.h"
#include "messages/vocabulary.h"

namespace tcps::node {
namespace {

using ledger::each_row;
using ledger::message_at;
using nlohmann::json;
using supervisor::ArtifactOrigin;
using supervisor::ArtifactRetention;
using supervisor::Retention;
using supervisor::RetentionPolicy;

// A work order that is not closed, as far as its artifacts are concerned.
struct OpenOrder {
  std::string id;
  Digest manifest;
  Digest standard_work;
};

std::vector<OpenOrder> open_orders(const line::SharedLine& fold) {
  return fold.read([](const line::LineState& line) {
    std::vector<OpenOrder> orders;
    orders.reserve(line.work_orders().size());
    for (const auto& [id, order] : line.work_orders())
      orders.push_back({id.str(), order.manifest, order.standard_work});
    return orders;
  });
}

Result<ArtifactOrigin> origin_of(ledger::LedgerStore& store, const Digest& artifact) {
  ArtifactOrigin origin;
  ledger::Query query;
  query.artifact = artifact;
  query.kind = to_string(MessageKind::receipt);
  std::set<std::string> stages;
  bool first = true;
  TCPS_TRY(each_row(store, query, [&](const ledger::EntrySummary& row) -> Status {
    if (stages.insert(row.facets.stage).second) {
      if (auto stage = parse_stage(row.facets.stage)) origin.stages.push_back(*stage);
    }
    if (!std::exchange(first, false)) return {};
    auto message = TCPS_TRY(message_at(store, row.index));
    const auto* receipt = std::get_if<proto::Receipt>(&message.predicate);
    origin.manifest = receipt != nullptr && receipt->manifest() == artifact.to_string();
    return {};
  }));
  return origin;
}

json tally_json(const ArtifactTally& tally) { return {{"artifacts", tally.count}, {"bytes", tally.bytes}}; }

}  // namespace

// Gathers what is needed.
class ArtifactSweeper::Marks {
 public:
  Marks(ArtifactSweeper& sweeper, ArtifactRetention& rule)
      : sweeper_(sweeper), config_(sweeper.config_), rule_(rule) {}

  Status gather(const std::vector<OpenOrder>& open) {
    const auto product = config_.fold->read([](const line::LineState& line) { return line.product(); });
    need(product.snapshot);
    need(product.standard_work);
    for (const auto& order : open) {
      seen_.insert(order.id);
      rule_.need(order.standard_work);
      TCPS_TRY(need_files(order.manifest, true));
      TCPS_TRY(need_order(order.id));
    }
    TCPS_TRY(need_recent());
    return need_for_good();
  }

 private:
  void need(const std::string& digest) {
    if (auto parsed = Digest::parse(digest)) rule_.need(*parsed);
  }

  // A manifest and the files it names. That of a closed work order may be gone, by an earlier policy.
  Status need_files(const Digest& manifest, bool must_be_there) {
    if (manifest.empty() || !manifests_.insert(manifest).second) return {};
    rule_.need(manifest);
    auto loaded = stages::Manifest::load(*config_.artifacts, manifest);
    if (!loaded && loaded.error().code == ErrorCode::not_found && !must_be_there) return {};
    if (!loaded) return fail(loaded.error().at("manifest " + manifest.to_string()));
    for (const auto& [name, file] : loaded->files()) rule_.need(file.digest);
    return {};
  }

  // What the entries about a work order name: what it is made from, what stages made, what failures left.
  Status need_order(const std::string& id) {
    TCPS_TRY(sweeper_.check_going());
    auto entries = TCPS_TRY(config_.store->of_work_order(id));
    const ledger::EntrySummary* newest = nullptr;
    for (const auto& entry : entries) {
      for (const auto& artifact : entry.facets.artifacts) rule_.need(artifact);
      const auto status = ledger::receipt_status(entry.facets);
      if (status == ReceiptStatus::completed) newest = &entry;
      if (entry.facets.kind != MessageKind::acceptance && status != ReceiptStatus::failed) continue;
      TCPS_TRY(need_named(entry.index));
    }
    if (newest == nullptr) return {};
    auto message = TCPS_TRY(message_at(*config_.store, newest->index));
    const auto* receipt = std::get_if<proto::Receipt>(&message.predicate);
    return receipt == nullptr ? Status{}
                              : need_files(Digest::parse(receipt->manifest()).value_or(Digest{}), false);
  }

  Status need_named(uint64_t index) {
    auto message = TCPS_TRY(message_at(*config_.store, index));
    const auto& predicate = message.predicate;
    if (const auto* acceptance = std::get_if<proto::Acceptance>(&predicate)) {
      need(acceptance->work_order().snapshot());
      need(acceptance->work_order().standard_work());
    } else if (const auto* receipt = std::get_if<proto::Receipt>(&predicate)) {
      need(receipt->failure().evidence());
    } else if (const auto* evidence = std::get_if<proto::Evidence>(&predicate)) {
      need(evidence->artifact());
    } else if (const auto* product = std::get_if<proto::ProductChanged>(&predicate)) {
      need(product->standard_work());
    }
    return {};
  }

  Status need_recent() {
    ledger::Query query;
    query.time_from_ms = rule_.kept_since_unix_ms();
    return each_row(*config_.store, query, [&](const ledger::EntrySummary& row) -> Status {
      if (row.facets.work_order.empty() || !seen_.insert(row.facets.work_order).second) return {};
      return need_order(row.facets.work_order);
    });
  }

  Status need_for_good() {
    for (const auto kind : {MessageKind::evidence, MessageKind::product_changed}) {
      ledger::Query query;
      query.kind = to_string(kind);
      TCPS_TRY(each_row(*config_.store, query,
                        [&](const ledger::EntrySummary& row) { return need_named(row.index); }));
    }
    return {};
  }

  ArtifactSweeper& sweeper_;
  const ArtifactSweeperConfig& config_;
  ArtifactRetention& rule_;
  std::set<std::string> seen_;  // work orders
  std::set<Digest> manifests_;
};

Status ArtifactSweeper::check_going() const {
  return stopped_ ? Status{fail(ErrorCode::unavailable, "this node is stopping: ask another")} : Status{};
}

Result<SweepPlan> ArtifactSweeper::plan() {
  // Listed before fold and ledger are read: what they come to name later is stored again before, and so is
  // another storing.
  auto artifacts = TCPS_TRY(config_.artifacts->list());
  const auto product = config_.fold->read([](const line::LineState& line) { return line.product(); });
  const auto in_force = Digest::parse(product.standard_work);
  if (!in_force)
    return fail(ErrorCode::unavailable,
                "line " + config_.line.str() + " has no product yet: publish one with tcps line publish");
  auto work = TCPS_TRY(config_.standard_works->get(*in_force));
  const auto open = open_orders(*config_.fold);
  SweepPlan out;
  out.policy.keep = work->artifacts.keep;
  out.policy.never_swept = work->artifacts.never_swept;
  std::set<Digest> in_use{*in_force};
  for (const auto& order : open) in_use.insert(order.standard_work);
  for (const auto& digest : in_use) {
    auto used = TCPS_TRY(config_.standard_works->get(digest));
    for (Stage stage : all_stages)
      out.policy.attempt_max =
          std::max(out.policy.attempt_max, 2 * (used->stage(stage).slo + config_.ack_wait));
  }
  ArtifactRetention rule(out.policy, config_.clock->unix_ms());
  const bool any = std::any_of(artifacts.begin(), artifacts.end(),
                               [&](const auto& artifact) { return rule.old_enough(artifact); });
  if (any) {
    TCPS_TRY(Marks(*this, rule).gather(open));
  }
  for (const auto& artifact : artifacts) {
    TCPS_TRY(check_going());
    auto verdict = TCPS_TRY(
        rule.judge(artifact, [&](const Digest& digest) { return origin_of(*config_.store, digest); }));
    out.stored.add(artifact);
    out.tallies[verdict].add(artifact);
    if (verdict == Retention::due) out.due.push_back(artifact);
  }
  std::sort(out.due.begin(), out.due.end(),
            [](const auto& a, const auto& b) { return a.stored_unix_ms < b.stored_unix_ms; });
  return out;
}

Status ArtifactSweeper::sweep() {
  if (sweeping_.exchange(true)) return {};
  auto swept = [&]() -> Status {
    auto planned = TCPS_TRY(plan());
    ArtifactTally gone;
    for (const auto& artifact : planned.due) {
      TCPS_TRY(check_going());
      auto discarded = config_.artifacts->discard(artifact, bus::swept_by_policy);
      if (discarded) gone.add(artifact);
      if (!discarded && discarded.error().code != ErrorCode::conflict) return discarded;
    }
    if (gone.count == 0) return {};
    spdlog::info(
        "line {}: swept {} artifacts of {} bytes by the retention policy; {} artifacts of {} bytes stay",
        config_.line.str(), gone.count, gone.bytes, planned.stored.count - gone.count,
        planned.stored.bytes - gone.bytes);
    return {};
  }();
  sweeping_ = false;
  return swept;
}

Result<json> ArtifactSweeper::answer(const json& request) {
  size_t limit = 100;
  if (auto given = request.find("limit"); given != request.end()) {
    if (!given->is_number_unsigned() || *given == 0 || *given > ledger::page_rows_max)
      return fail(ErrorCode::invalid, "limit must be 1 to " + std::to_string(ledger::page_rows_max));
    limit = given->get<size_t>();
  }
  auto planned = TCPS_TRY(plan());
  json never = json::array();
  for (Stage stage : planned.policy.never_swept) never.push_back(to_string(stage));
  json kept = json::object();
  for (const auto& [standing, tally] : planned.tallies) {
    if (standing != Retention::due) kept[std::string(to_string(standing))] = tally_json(tally);
  }
  json rows = json::array();
  for (size_t i = 0; i < std::min(limit, planned.due.size()); ++i) {
    const auto& artifact = planned.due[i];
    rows.push_back({{"digest", artifact.digest.to_string()},
                    {"bytes", artifact.bytes},
                    {"stored_at", to_iso8601(artifact.stored_unix_ms)},
                    {"revision", artifact.revision}});
  }
  return json{{"keep_ms", planned.policy.keep.count()},
              {"attempt_max_ms", planned.policy.attempt_max.count()},
              {"never_swept", std::move(never)},
              {"stored", tally_json(planned.stored)},
              {"kept", std::move(kept)},
              {"due", tally_json(planned.tallies[Retention::due])},
              {"artifacts", std::move(rows)},
              {"more", planned.due.size() > limit}};
}

}  // namespace tcps::node
