// tcps receipt ...
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "actors/ledger/tlog/merkle.h"
#include "messages/canonical_json.h"
#include "messages/line_message.h"
#include "messages/vocabulary.h"
#include "nodes/tcps/ledger/chain_summary.h"
#include "nodes/tcps/ledger/entry_filters.h"
#include "nodes/tcps/ledger/entry_name.h"
#include "nodes/tcps/shell.h"
#include "nodes/view/chain_report.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

Outcome list(Shell& shell, const EntryFilters& filters) {
  auto line = TCPS_TRY(shell.line());
  const auto add = [](view::Table& table, const json& row) {
    const auto status = find_word<ReceiptStatus>(row.value("status", ""));
    const bool failed = status == ReceiptStatus::failed;
    const std::string mode = failed ? " " + row["failure"].value("mode", "") : "";
    table.add(
        {std::to_string(row.value("index", 0)), row.value("timestamp", ""), row.value("work_order", ""),
         row.value("stage", ""), std::to_string(row.value("attempt", 0)), row.value("status", "") + mode,
         row.value("node", ""), view::short_digest(row.value("payload_digest", ""))},
        failed ? view::Colour::red : view::Colour::none);
  };
  TCPS_TRY(print_pages(*line, "receipts", filters, shell.out(), "receipts",
                       {"ENTRY", "TIME", "WORK ORDER", "STAGE", "ATTEMPT", "STATUS", "NODE", "RECEIPT"},
                       add));
  return Exit::ok;
}

// In a signed envelope where there is a key to sign it with; the bare statement otherwise.
Outcome show_summary(Shell& shell, client::LineAccess& line, const json& receipt) {
  auto summary = TCPS_TRY(chain_summary(line, receipt));
  auto key = TCPS_TRY(key_at_hand(line));
  if (key == nullptr) {
    std::cerr << "tcps receipt show: the summary is not signed: there is no operator's or node's key at hand "
                 "(operator_key of the context)\n";
    shell.out().raw(canonical_json(to_statement(summary)));
    return Exit::ok;
  }
  auto sealed = TCPS_TRY(seal_summary(summary, *key));
  std::cerr << "tcps receipt show: the summary is signed with " << key->public_key().id().to_string() << '\n';
  shell.out().raw(sealed);
  return Exit::ok;
}

// One of the forms that other people's tools read, as its exact bytes.
Outcome show_as(Shell& shell, client::LineAccess& line, const json& receipt, const std::string& format) {
  auto envelope = TCPS_TRY(from_base64(receipt.value("envelope", "")));
  if (format == "json") {
    shell.out().raw(receipt.dump(2) + "\n");
  } else if (format == "dsse") {
    shell.out().raw(envelope);
  } else if (format == "in-toto") {
    auto message = TCPS_TRY(Envelope::decode(envelope));
    shell.out().raw(message.payload);
  } else if (format == "vsa") {
    return show_summary(shell, line, receipt);
  } else {
    auto derived = TCPS_TRY(line.ask("provenance", {{"index", receipt.value("index", uint64_t{0})}}));
    shell.out().raw(canonical_json(derived["statement"]));
  }
  return Exit::ok;
}

Outcome show(Shell& shell, const EntryName& which, const std::string& format) {
  auto request = TCPS_TRY(which.request());
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(line->ask("receipt", request));
  if (!format.empty()) return show_as(shell, *line, reply, format);
  shell.out().document(reply);
  shell.out().text(fmt::format("entry   {}\ndigest  {}\nsubject {}\n{}", reply.value("index", 0),
                               reply.value("payload_digest", ""), printable(reply.value("subject", "")),
                               reply["statement"].dump(2)));
  return Exit::ok;
}

// The key of that id, as the line knows it.
Result<PublicKey> key_of(client::LineAccess& line, const std::string& key_id) {
  auto status = TCPS_TRY(line.ask("receipt", {{"index", 0}}));
  auto keys = status["statement"]["predicate"].value("keys", json::array());
  auto added = TCPS_TRY(line.ask("entries", {{"kind", to_string(MessageKind::key_added)}, {"limit", 1000}}));
  for (const json& row : added["entries"]) {
    auto entry = TCPS_TRY(line.ask("receipt", {{"index", row.value("index", 0)}}));
    keys.push_back(entry["statement"]["predicate"]["key"]);
  }
  for (const json& key : keys) {
    if (key.value("key_id", "") == key_id) return PublicKey::from_base64(key.value("public_key", ""));
  }
  return fail(ErrorCode::not_found, fmt::format("the log names no key {}", key_id));
}

// One receipt on its own: bytes against digest, signature, place in the tree.
Status check_one(client::LineAccess& line, const json& reply) {
  auto bytes = TCPS_TRY(from_base64(reply.value("envelope", "")));
  auto message = TCPS_TRY(LineMessage::decode(bytes));
  if (message.payload_digest.to_string() != reply.value("payload_digest", ""))
    return fail(ErrorCode::corrupt, "the payload is not the one that its digest names");
  const auto& signatures = message.envelope.signatures;
  if (signatures.size() != 1) return fail(ErrorCode::corrupt, "it does not carry exactly one signature");
  auto key = TCPS_TRY(key_of(line, signatures[0].key_id));
  if (!verify(message.envelope, 0, key)) return fail(ErrorCode::corrupt, "the signature is not the key's");
  auto proof = TCPS_TRY(line.ask("proof", {{"index", reply.value("index", uint64_t{0})}}));
  std::vector<Digest> path;
  for (const json& one : proof["proof"]) {
    auto raw = from_base64(one.get<std::string>());
    auto digest = TCPS_TRY(raw ? Digest::from_raw(*raw) : Result<Digest>(fail(raw.error())));
    path.push_back(digest);
  }
  auto root = from_base64(proof.value("root", ""));
  auto head = TCPS_TRY(root ? Digest::from_raw(*root) : Result<Digest>(fail(root.error())));
  if (tlog::verify_inclusion(reply.value("index", uint64_t{0}), proof.value("size", uint64_t{0}),
                             tlog::leaf_hash(bytes), path, head))
    return {};
  return fail(ErrorCode::corrupt, "the ledger's tree does not contain it");
}

Outcome verify_one(Shell& shell, const EntryName& which) {
  auto request = TCPS_TRY(which.request());
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(line->ask("receipt", request));
  const Status good = check_one(*line, reply);
  shell.out().document({{"pass", good.has_value()},
                        {"index", reply["index"]},
                        {"payload_digest", reply["payload_digest"]},
                        {"what", good ? "" : good.error().message}});
  shell.out().text(fmt::format("Receipt {}: {}{}", view::short_digest(reply.value("payload_digest", "")),
                               shell.out().verdict(good.has_value()),
                               good ? "" : ": " + good.error().message));
  return good ? Exit::ok : Exit::failed;
}

Outcome verify_chain(Shell& shell, const std::string& work_order) {
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(
      line->ask("verify-chain", work_order.empty() ? json::object() : json{{"work_order", work_order}}));
  shell.out().document(reply);
  if (!shell.out().json) view::print_chain_report(shell.out(), reply, true);
  return reply.value("pass", false) ? Exit::ok : Exit::failed;
}

}  // namespace

void add_receipt_commands(Shell& shell) {
  CLI::App* group = shell.group("receipt", "read and verify receipts");
  auto filters = std::make_shared<EntryFilters>();
  filters->add_to(*shell.command(group, "list", "receipts by any of their fields",
                                 [&shell, filters] { return list(shell, *filters); }));
  auto shown = std::make_shared<EntryName>();
  auto format = std::make_shared<std::string>();
  CLI::App* show_command = shell.command(group, "show", "one receipt",
                                         [&shell, shown, format] { return show(shell, *shown, *format); });
  shown->add_to(*show_command);
  show_command
      ->add_option(
          "--format", *format,
          "its exact bytes for a tool: json, in-toto (the statement), dsse (the signed envelope), slsa "
          "(provenance v1, derived), vsa (summary of its chain's verification now, signed where a key is at "
          "hand)")
      ->check(CLI::IsMember({"json", "in-toto", "slsa", "vsa", "dsse"}));
  auto verified = std::make_shared<EntryName>();
  verified->add_to(*shell.command(group, "verify", "check one receipt: bytes, signature, place in the ledger",
                                  [&shell, verified] { return verify_one(shell, *verified); }));
  auto work_order = std::make_shared<std::string>();
  shell
      .command(group, "verify-chain", "recompute the ledger, or one work order's chain, from stored bytes",
               [&shell, work_order] { return verify_chain(shell, *work_order); })
      ->add_option("work-order", *work_order, "id of the work order; without it the whole ledger");
}

}  // namespace tcps::cli
