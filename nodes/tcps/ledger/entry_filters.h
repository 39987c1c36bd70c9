// What lists of entries have in common: the filters, and the reading of many pages in flat memory.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/client/line_access.h"
#include "nodes/view/output.h"

namespace tcps::cli {

struct EntryFilters {
  std::string kind, work_order, stage, status, failure_mode, sku, bucket, node, actor, artifact, from, to,
      page;
  bool newest_first = false;
  bool all = false;  // every page, one after another
  size_t limit = 100;

  void add_to(CLI::App& command);
  nlohmann::json request() const;  // of the queries `entries` and `receipts`
};

// Asks the query for one page, or with `all` for one page after another, and hands over each reply. Errors:
// those of ask().
Status for_each_page(client::LineAccess& line, const std::string& query, const EntryFilters& filters,
                     const std::function<void(const nlohmann::json& reply)>& visitor);

// Prints the rows of such a list: as a table, as one JSON document, or, of `all`, as a JSON line each. `rows`
// is the reply's member that holds them; `add` puts one into the table.
Status print_pages(client::LineAccess& line, const std::string& query, const EntryFilters& filters,
                   view::Output& out, const std::string& rows, const std::vector<std::string>& head,
                   const std::function<void(view::Table& table, const nlohmann::json& row)>& add);

}  // namespace tcps::cli
