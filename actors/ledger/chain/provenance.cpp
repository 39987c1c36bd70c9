#include "actors/ledger/chain/provenance.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/ids.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

constexpr std::string_view digest_prefix = "sha256:";
constexpr size_t genesis_digits = 16;

std::string hex_of(std::string_view digest) {
  return std::string(digest.starts_with(digest_prefix) ? digest.substr(digest_prefix.size()) : digest);
}

// A ResourceDescriptor of in-toto.
json resource(const std::string& name, std::string_view digest) {
  return {{"name", name}, {"digest", {{"sha256", hex_of(digest)}}}};
}

json subjects_of(const LineMessage& message) {
  json list = json::array();
  for (const StatementSubject& subject : message.subjects)
    list.push_back(resource(subject.name, subject.digest.to_string()));
  return list;
}

// Absent fields of a message are absent here.
void put(json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

json external_parameters(const proto::Receipt& receipt, const proto::WorkOrder& order) {
  json demand = json::object();
  put(demand, "source", order.demand().source());
  put(demand, "signal_id", order.demand().signal_id());
  put(demand, "type", order.demand().type());
  json parameters = {{"work_order", order.id()}, {"demand", std::move(demand)}};
  put(parameters, "line", order.line());
  put(parameters, "sku", order.sku());
  put(parameters, "bucket", order.bucket());
  put(parameters, "version", receipt.version());
  return parameters;
}

// What the stage worked from: the repository, the standard work, and what the stages before handed on.
json dependencies(const Lineage& lineage, const proto::Receipt& receipt, const proto::WorkOrder& order) {
  json list = json::array();
  if (!order.snapshot().empty()) list.push_back(resource("repository snapshot", order.snapshot()));
  if (!receipt.standard_work().empty()) list.push_back(resource("line.toml", receipt.standard_work()));
  for (size_t i = 1; i < lineage.size(); ++i) {
    const proto::Receipt* before = receipt_of(lineage[i]);
    if (before == nullptr || before->manifest().empty()) continue;
    list.push_back(resource("manifest of " + before->stage(), before->manifest()));
    break;  // it names all that the stages before made
  }
  for (size_t i = 1; i < lineage.size(); ++i) {
    const LineMessage& message = lineage[i].message;
    const proto::Receipt* before = receipt_of(lineage[i]);
    std::string name(to_string(before != nullptr         ? MessageKind::receipt
                               : i + 1 == lineage.size() ? MessageKind::acceptance
                                                         : MessageKind::dispatch));
    if (before != nullptr) name += " of " + before->stage();
    list.push_back(resource(name, message.payload_digest.to_string()));
  }
  return list;
}

json byproducts(const LineMessage& message, const proto::Receipt& receipt) {
  json list = json::array();
  json envelope = resource(std::string(to_string(MessageKind::receipt)),
                           Digest::of(message.envelope.encode()).to_string());
  envelope["mediaType"] = "application/vnd.dsse+json";
  list.push_back(std::move(envelope));
  if (!receipt.manifest().empty()) list.push_back(resource("manifest", receipt.manifest()));
  return list;
}

}  // namespace

std::string builder_id(const proto::LogOrigin& log, const std::string& node) {
  return fmt::format("https://tcps.dev/{}/{}/nodes/{}", log.line(),
                     hex_of(log.genesis()).substr(0, genesis_digits), node);
}

Result<json> slsa_provenance(const Lineage& lineage) {
  const proto::Receipt* receipt = lineage.empty() ? nullptr : receipt_of(lineage.front());
  if (receipt == nullptr || status_of(*receipt) != ReceiptStatus::completed)
    return fail(ErrorCode::invalid, "provenance is of a completed receipt: name one that made something");
  const proto::WorkOrder* order = accepted_order(lineage);
  if (order == nullptr)
    return fail(ErrorCode::invalid, "the receipt's work order is not traced back to its acceptance");
  const LineMessage& message = lineage.front().message;
  json metadata = {{"invocationId", message.payload_digest.to_string()}};
  put(metadata, "startedOn", receipt->started_at());
  put(metadata, "finishedOn", receipt->ended_at());
  return json{{"_type", "https://in-toto.io/Statement/v1"},
              {"subject", subjects_of(message)},
              {"predicateType", slsa_provenance_type},
              {"predicate",
               {{"buildDefinition",
                 {{"buildType", slsa_build_type},
                  {"externalParameters", external_parameters(*receipt, *order)},
                  {"internalParameters", {{"stage", receipt->stage()}, {"attempt", receipt->attempt()}}},
                  {"resolvedDependencies", dependencies(lineage, *receipt, *order)}}},
                {"runDetails",
                 {{"builder", {{"id", builder_id(receipt->log(), receipt->node())}}},
                  {"metadata", std::move(metadata)},
                  {"byproducts", byproducts(message, *receipt)}}}}}};
}

}  // namespace tcps::ledger
