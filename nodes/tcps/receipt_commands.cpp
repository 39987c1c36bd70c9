// tcps receipt ...
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/merkle.h"
#include "messages/line_message.h"
#include "nodes/tcps/chain_report.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

struct Filters {
  std::string work_order, stage, status, failure_mode, sku, bucket, node, actor, from, to, page;
  size_t limit = 100;
};

json request_of(const Filters& filters) {
  json request = {{"limit", filters.limit}};
  const std::pair<const char*, const std::string*> texts[] = {{"work_order", &filters.work_order},
                                                              {"stage", &filters.stage},
                                                              {"status", &filters.status},
                                                              {"failure_mode", &filters.failure_mode},
                                                              {"sku", &filters.sku},
                                                              {"bucket", &filters.bucket},
                                                              {"node", &filters.node},
                                                              {"actor", &filters.actor},
                                                              {"from", &filters.from},
                                                              {"to", &filters.to},
                                                              {"page", &filters.page}};
  for (const auto& [name, text] : texts) {
    if (!text->empty()) request[name] = *text;
  }
  return request;
}

Outcome list(Shell& shell, const Filters& filters) {
  auto line = shell.line();
  if (!line) return fail(line.error());
  auto reply = (*line)->ask("receipts", request_of(filters));
  if (!reply) return fail(reply.error());
  shell.out().document(*reply);
  Table table({"ENTRY", "TIME", "WORK ORDER", "STAGE", "ATTEMPT", "STATUS", "NODE", "RECEIPT"});
  for (const json& row : (*reply)["receipts"]) {
    const bool failed = row.value("status", "") == "failed";
    const std::string mode = failed ? " " + row["failure"].value("mode", "") : "";
    table.add(
        {std::to_string(row.value("index", 0)), row.value("timestamp", ""), row.value("work_order", ""),
         row.value("stage", ""), std::to_string(row.value("attempt", 0)), row.value("status", "") + mode,
         row.value("node", ""), short_digest(row.value("payload_digest", ""))},
        failed ? Colour::red : Colour::none);
  }
  shell.out().table(table, "no receipts");
  if ((*reply)["next"].is_string())
    shell.out().text(fmt::format("more: --page {}", (*reply)["next"].get<std::string>()));
  return Exit::ok;
}

// A receipt by entry number, digest, or work order and stage.
struct Which {
  std::string name, stage;
  uint32_t attempt = 0;
  bool envelope = false;
};

Result<json> request_of(const Which& which) {
  if (which.name.find_first_not_of("0123456789") == std::string::npos && which.name.size() < 20)
    return json{{"index", std::stoull(which.name)}};
  if (Digest::parse(which.name)) return json{{"payload", which.name}};
  if (which.stage.empty())
    return fail(ErrorCode::invalid,
                "name the receipt by entry number, by digest, or by work order and --stage");
  json request = {{"work_order", which.name}, {"stage", which.stage}};
  if (which.attempt > 0) request["attempt"] = which.attempt;
  return request;
}

Outcome show(Shell& shell, const Which& which) {
  auto request = request_of(which);
  if (!request) return fail(request.error());
  auto line = shell.line();
  if (!line) return fail(line.error());
  auto reply = (*line)->ask("receipt", *request);
  if (!reply) return fail(reply.error());
  shell.out().document(*reply);
  if (which.envelope) {
    auto bytes = from_base64(reply->value("envelope", ""));
    if (bytes && !shell.out().json) shell.out().raw(*bytes + "\n");
    return Exit::ok;
  }
  shell.out().text(fmt::format("entry   {}\ndigest  {}\nsubject {}\n{}", reply->value("index", 0),
                               reply->value("payload_digest", ""), printable(reply->value("subject", "")),
                               (*reply)["statement"].dump(2)));
  return Exit::ok;
}

// The key of that id, as the line knows it.
Result<PublicKey> key_of(LineAccess& line, const std::string& key_id) {
  auto status = line.ask("receipt", {{"index", 0}});
  if (!status) return fail(status.error());
  auto keys = (*status)["statement"]["predicate"].value("keys", json::array());
  auto added = line.ask("entries", {{"kind", "key-added"}, {"limit", 1000}});
  if (!added) return fail(added.error());
  for (const json& row : (*added)["entries"]) {
    auto entry = line.ask("receipt", {{"index", row.value("index", 0)}});
    if (!entry) return fail(entry.error());
    keys.push_back((*entry)["statement"]["predicate"]["key"]);
  }
  for (const json& key : keys) {
    if (key.value("key_id", "") == key_id) return PublicKey::from_base64(key.value("public_key", ""));
  }
  return fail(ErrorCode::not_found, fmt::format("the log names no key {}", key_id));
}

// One receipt on its own: bytes against digest, signature, place in the tree.
Status check_one(LineAccess& line, const json& reply) {
  auto bytes = from_base64(reply.value("envelope", ""));
  if (!bytes) return fail(bytes.error());
  auto message = LineMessage::decode(*bytes);
  if (!message) return fail(message.error());
  if (message->payload_digest.to_string() != reply.value("payload_digest", ""))
    return fail(ErrorCode::corrupt, "the payload is not the one that its digest names");
  const auto& signatures = message->envelope.signatures;
  if (signatures.size() != 1) return fail(ErrorCode::corrupt, "it does not carry exactly one signature");
  auto key = key_of(line, signatures[0].key_id);
  if (!key) return fail(key.error());
  if (!verify(message->envelope, 0, *key)) return fail(ErrorCode::corrupt, "the signature is not the key's");
  auto proof = line.ask("proof", {{"index", reply.value("index", uint64_t{0})}});
  if (!proof) return fail(proof.error());
  std::vector<Digest> path;
  for (const json& one : (*proof)["proof"]) {
    auto raw = from_base64(one.get<std::string>());
    auto digest = raw ? Digest::from_raw(*raw) : Result<Digest>(fail(raw.error()));
    if (!digest) return fail(digest.error());
    path.push_back(*digest);
  }
  auto root = from_base64(proof->value("root", ""));
  auto head = root ? Digest::from_raw(*root) : Result<Digest>(fail(root.error()));
  if (!head) return fail(head.error());
  if (merkle::verify_inclusion(reply.value("index", uint64_t{0}), proof->value("size", uint64_t{0}),
                               merkle::leaf_hash(*bytes), path, *head))
    return {};
  return fail(ErrorCode::corrupt, "the ledger's tree does not contain it");
}

Outcome verify_one(Shell& shell, const Which& which) {
  auto request = request_of(which);
  if (!request) return fail(request.error());
  auto line = shell.line();
  if (!line) return fail(line.error());
  auto reply = (*line)->ask("receipt", *request);
  if (!reply) return fail(reply.error());
  const Status good = check_one(**line, *reply);
  shell.out().document({{"pass", good.has_value()},
                        {"index", (*reply)["index"]},
                        {"payload_digest", (*reply)["payload_digest"]},
                        {"what", good ? "" : good.error().message}});
  const char* verdict = good ? "PASS" : "FAIL";
  shell.out().text(fmt::format("Receipt {}: {}{}", short_digest(reply->value("payload_digest", "")),
                               shell.out().paint(verdict, status_colour(verdict)),
                               good ? "" : ": " + good.error().message));
  return good ? Exit::ok : Exit::failed;
}

Outcome verify_chain(Shell& shell, const std::string& work_order) {
  auto line = shell.line();
  if (!line) return fail(line.error());
  auto reply =
      (*line)->ask("verify-chain", work_order.empty() ? json::object() : json{{"work_order", work_order}});
  if (!reply) return fail(reply.error());
  shell.out().document(*reply);
  if (!shell.out().json) print_chain_report(shell.out(), *reply, true);
  return reply->value("pass", false) ? Exit::ok : Exit::failed;
}

void add_which(CLI::App* command, Which& which) {
  command->add_option("receipt", which.name, "entry number, digest, or work order (with --stage)")
      ->required();
  command->add_option("--stage", which.stage, "stage of the work order's receipt");
  command->add_option("--attempt", which.attempt, "attempt; the newest when not named");
}

void add_list(Shell& shell, CLI::App* group) {
  auto filters = std::make_shared<Filters>();
  CLI::App* command = shell.command(group, "list", "receipts by any of their fields",
                                    [&shell, filters] { return list(shell, *filters); });
  command->add_option("--work-order", filters->work_order, "only of this work order");
  command->add_option("--stage", filters->stage, "only of this stage");
  command->add_option("--status", filters->status, "completed or failed")
      ->check(CLI::IsMember({"completed", "failed"}));
  command->add_option("--failure-mode", filters->failure_mode, "only of this failure mode, as F6.1");
  command->add_option("--sku", filters->sku, "only of this product");
  command->add_option("--bucket", filters->bucket, "only of this bucket");
  command->add_option("--node", filters->node, "only of this node");
  command->add_option("--actor", filters->actor, "only signed by this key id");
  command->add_option("--from", filters->from, "not before this time (ISO 8601)");
  command->add_option("--to", filters->to, "not after this time (ISO 8601)");
  command->add_option("--limit", filters->limit, "rows at most")->check(CLI::Range(1, 1000));
  command->add_option("--page", filters->page, "go on where an earlier list ended");
}

}  // namespace

void add_receipt_commands(Shell& shell) {
  CLI::App* group = shell.group("receipt", "read and verify receipts");
  add_list(shell, group);
  auto shown = std::make_shared<Which>();
  CLI::App* show_command =
      shell.command(group, "show", "one receipt", [&shell, shown] { return show(shell, *shown); });
  add_which(show_command, *shown);
  show_command->add_flag("--envelope", shown->envelope, "print the signed envelope's exact bytes");
  auto verified = std::make_shared<Which>();
  add_which(shell.command(group, "verify", "check one receipt: bytes, signature, place in the ledger",
                          [&shell, verified] { return verify_one(shell, *verified); }),
            *verified);
  auto work_order = std::make_shared<std::string>();
  shell
      .command(group, "verify-chain", "recompute the ledger, or one work order's chain, from stored bytes",
               [&shell, work_order] { return verify_chain(shell, *work_order); })
      ->add_option("work-order", *work_order, "id of the work order; without it the whole ledger");
}

}  // namespace tcps::cli
