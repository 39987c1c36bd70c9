#include "nodes/tcps/ledger/entry_filters.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/store/ledger_store.h"
#include "messages/vocabulary.h"

namespace tcps::cli {

using nlohmann::json;

void EntryFilters::add_to(CLI::App& command) {
  command.add_option("--work-order", work_order, "only of this work order");
  command.add_option("--stage", stage, "only of this stage");
  command.add_option("--status", status, "completed or failed")
      ->check(CLI::IsMember(word_texts<ReceiptStatus>()));
  command.add_option("--failure-mode", failure_mode, "only of this failure mode, as F6.1");
  command.add_option("--sku", sku, "only of this product");
  command.add_option("--bucket", bucket, "only of this bucket");
  command.add_option("--node", node, "only of this node");
  command.add_option("--actor", actor, "only signed by this key id");
  command.add_option("--artifact", artifact, "only those that name the file of this digest");
  command.add_option("--from", from, "not before this time (ISO 8601)");
  command.add_option("--to", to, "not after this time (ISO 8601)");
  command.add_flag("--newest-first", newest_first, "from the newest back");
  command.add_option("--limit", limit, "rows of a page")->check(CLI::Range(size_t{1}, ledger::page_rows_max));
  auto* one_page = command.add_option("--page", page, "go on where an earlier list ended");
  command.add_flag("--all", all, "all pages, however many; with --json one row per line")->excludes(one_page);
}

json EntryFilters::request() const {
  json request = {{"limit", all ? ledger::page_rows_max : limit}};
  const std::pair<const char*, const std::string*> texts[] = {
      {"kind", &kind},   {"work_order", &work_order},     {"stage", &stage},   {"status", &status},
      {"sku", &sku},     {"failure_mode", &failure_mode}, {"bucket", &bucket}, {"node", &node},
      {"actor", &actor}, {"artifact", &artifact},         {"from", &from},     {"to", &to},
      {"page", &page}};
  for (const auto& [name, text] : texts) {
    if (!text->empty()) request[name] = *text;
  }
  if (newest_first) request["newest_first"] = true;
  return request;
}

Status for_each_page(client::LineAccess& line, const std::string& query, const EntryFilters& filters,
                     const std::function<void(const json& reply)>& visitor) {
  json request = filters.request();
  for (;;) {
    auto reply = TCPS_TRY(line.ask(query, request));
    visitor(reply);
    const auto next = reply.find("next");
    if (!filters.all || next == reply.end() || !next->is_string()) return {};
    request["page"] = *next;
  }
}

Status print_pages(client::LineAccess& line, const std::string& query, const EntryFilters& filters,
                   view::Output& out, const std::string& rows, const std::vector<std::string>& head,
                   const std::function<void(view::Table& table, const json& row)>& add) {
  bool first = true;
  return for_each_page(line, query, filters, [&](const json& reply) {
    const json& page = reply.at(rows);
    if (filters.all) {
      out.records(page);
    } else {
      out.document(reply);
    }
    view::Table table(head);
    if (!out.json) {
      for (const json& row : page) add(table, row);
    }
    const bool more = reply.contains("next") && reply["next"].is_string();
    if (first || !table.empty()) out.table(table, filters.all && more ? "" : "no " + rows, first);
    first = first && table.empty();
    if (more && !filters.all) out.text(fmt::format("more: --page {}", reply["next"].get<std::string>()));
  });
}

}  // namespace tcps::cli
