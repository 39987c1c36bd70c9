#include "nodes/view/chain_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tcps::view {

using nlohmann::json;

void print_chain_report(Output& out, const json& report, bool details) {
  if (details) {
    Table table({"WORK ORDER", "STATE", "RECEIPTS", "CHAIN"});
    for (const json& chain : report.value("chains", json::array())) {
      table.add({chain.value("work_order", ""), chain.value("state", ""),
                 std::to_string(chain["stages"].size()), short_digest(chain.value("chain_hash", ""))});
    }
    out.table(table, "no work orders");
    if (const auto more = report.value("chains_left_out", 0); more > 0)
      out.text(fmt::format("and {} more", more));
    out.text(fmt::format(
        "checked {} entries, {} receipts, {} work orders; the checkpoint covers {} entries, root {}",
        report.value("entries", 0), report.value("receipts", 0), report.value("work_orders", 0),
        report.value("covered", 0), report.value("root", "")));
  }
  if (report.value("pass", false)) {
    out.text(fmt::format("Chain verification: {}", out.verdict(true)));
    return;
  }
  const auto fault = report.find("fault");
  out.text(
      fmt::format("Chain verification: {}: {}", out.verdict(false),
                  fault == report.end() ? "no reason was given" : printable(fault->value("sentence", ""))));
}

}  // namespace tcps::view
