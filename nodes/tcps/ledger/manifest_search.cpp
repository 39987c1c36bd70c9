#include "nodes/tcps/ledger/manifest_search.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "actors/stages/common/manifest.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

// "<stage>/<path>" of the file in the manifest that the receipt handed on; empty when it has none such.
Result<std::string> name_in_manifest(client::LineAccess& line, bus::ObjectStore& objects, uint64_t receipt,
                                     const Digest& file) {
  auto reply = TCPS_TRY(line.ask("receipt", {{"index", receipt}}));
  const auto digest = Digest::parse(reply["statement"]["predicate"].value("manifest", ""));
  if (!digest) return std::string();
  auto manifest = TCPS_TRY(stages::Manifest::load(objects, *digest));
  for (const auto& [name, entry] : manifest.files()) {
    if (entry.digest == file) return name;
  }
  return std::string();
}

}  // namespace

Result<json> find_in_manifests(client::LineAccess& line, const Digest& file) {
  auto bus = TCPS_TRY(line.bus());
  auto objects = TCPS_TRY(bus->objects(object_bucket(line.line()), 0, 1));
  std::set<std::string> searched;
  json request = {{"status", to_string(ReceiptStatus::completed)}, {"newest_first", true}, {"limit", 1000}};
  for (bool more = true; more && searched.size() < manifests_searched_max;) {
    auto page = TCPS_TRY(line.ask("receipts", request));
    for (const json& row : page["receipts"]) {
      // The newest receipt of a work order hands on all that its stages made.
      const std::string work_order = row.value("work_order", "");
      if (searched.size() == manifests_searched_max || !searched.insert(work_order).second) continue;
      auto name = TCPS_TRY(name_in_manifest(line, *objects, row.value("index", uint64_t{0}), file));
      if (name.empty()) continue;
      const std::string stage = name.substr(0, name.find('/'));
      return json{{"work_order", work_order}, {"stage", stage}, {"artifact", file.to_string()}};
    }
    more = page["next"].is_string();
    request["page"] = page["next"];
  }
  return fail(ErrorCode::not_found,
              fmt::format("neither a receipt nor a manifest of the newest {} work orders names a file {}",
                          searched.size(), file.to_string()));
}

}  // namespace tcps::cli
