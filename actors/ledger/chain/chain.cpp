#include "actors/ledger/chain/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/ledger/chain/chain_verifier.h"
#include "actors/ledger/tlog/merkle.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

// Judges one entry; a fault names what the message says of itself, or what the index knows when it cannot be
// read.
bool take(ChainVerifier& verifier, const StoredEntry& stored, const LineName& line, ChainSource& source) {
  const JudgedEntry judged = judge_alone(line, stored, {});
  const Status good = verifier.take(judged);
  if (good) return true;
  const EntryLabel label = judged.label.work_order.empty() ? source.label(stored.index) : judged.label;
  verifier.refuse({stored.index, label.work_order, label.stage, good.error().message});
  return false;
}

}  // namespace

Digest WorkOrderChain::hash() const {
  Bytes digests;
  for (const LinkedOutcome& outcome : outcomes) digests.append(outcome.payload_digest.raw());
  return Digest::of(digests);
}

std::string ChainFault::sentence() const {
  if (work_order.empty()) return fmt::format("entry {}: {}", index, what);
  if (stage.empty()) return fmt::format("work order {} (entry {}): {}", work_order, index, what);
  return fmt::format("work order {}, stage {} (entry {}): {}", work_order, stage, index, what);
}

Result<ChainReport> verify_log(const LineName& line, const TrustedHead& head, ChainSource& source,
                               const ChainHandler& handler) {
  LogVerifier verifier(line, head, handler);
  const auto label = [&](uint64_t index) { return source.label(index); };
  TCPS_TRY(source.entries(
      [&](const StoredEntry& stored) { return verifier.take(judge_alone(line, stored, {}), label); }));
  return verifier.finish();
}

Result<ChainReport> verify_work_order(const LineName& line, const TrustedHead& head,
                                      const std::string& work_order, ChainSource& source) {
  ChainVerifier verifier(line, false);
  verifier.cover(head.size, head.root);
  std::optional<Error> error;
  TCPS_TRY(source.entries_about(work_order, [&](const StoredEntry& stored) {
    if (!take(verifier, stored, line, source)) return false;
    if (stored.index >= head.size) return true;  // newer than the checkpoint
    auto proof = source.inclusion(stored.index, head.size);
    if (!proof) {
      error = proof.error();
      return false;
    }
    const Digest leaf = tlog::leaf_hash(stored.entry->envelope());
    if (tlog::verify_inclusion(stored.index, head.size, leaf, *proof, head.root)) return true;
    const EntryLabel label = source.label(stored.index);
    verifier.refuse({stored.index, label.work_order, label.stage, "the checkpoint does not contain it"});
    return false;
  }));
  if (error) return fail(std::move(*error));
  if (verifier.report().work_orders == 0)
    verifier.refuse({0, work_order, {}, "the ledger has no entries about it"});
  return verifier.finish(nullptr);
}

json to_json(const WorkOrderChain& chain) {
  json outcomes = json::array();
  for (const LinkedOutcome& outcome : chain.outcomes) {
    json one = {{"stage", to_string(outcome.stage)},
                {"attempt", outcome.attempt},
                {"entry", outcome.index},
                {"digest", outcome.payload_digest.to_string()},
                {"status", to_string(outcome.status)},
                {"node", outcome.node}};
    if (!outcome.failure_mode.empty()) one["failure_mode"] = outcome.failure_mode;
    outcomes.push_back(std::move(one));
  }
  return {{"work_order", chain.work_order},         {"state", to_string(chain.state)},
          {"accepted_entry", chain.accepted_index}, {"acceptance", chain.acceptance.to_string()},
          {"stages", std::move(outcomes)},          {"chain_hash", chain.hash().to_string()}};
}

json to_json(const ChainReport& report) {
  json chains = json::array();
  for (const WorkOrderChain& chain : report.chains) chains.push_back(to_json(chain));
  json result = {{"verdict", report.passed() ? "PASS" : "FAIL"},
                 {"entries", report.entries},
                 {"receipts", report.receipts},
                 {"work_orders", report.work_orders},
                 {"covered", report.covered},
                 {"root", report.root.to_string()},
                 {"chains", std::move(chains)}};
  if (report.fault) {
    result["fault"] = {{"entry", report.fault->index},
                       {"work_order", report.fault->work_order},
                       {"stage", report.fault->stage},
                       {"what", report.fault->what},
                       {"sentence", report.fault->sentence()}};
  }
  return result;
}

}  // namespace tcps::ledger
