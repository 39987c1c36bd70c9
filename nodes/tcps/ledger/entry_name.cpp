#include "nodes/tcps/ledger/entry_name.h"

#include <nlohmann/json.hpp>

#include "messages/digest.h"
#include "messages/text.h"

namespace tcps::cli {

using nlohmann::json;

void EntryName::add_to(CLI::App& command) {
  command.add_option("entry", name, "entry number, digest, or work order (with --stage)")->required();
  command.add_option("--stage", stage, "stage of the work order's receipt");
  command.add_option("--attempt", attempt, "attempt; the newest when not named");
}

Result<json> EntryName::request() const {
  if (const auto index = whole_number(name)) return json{{"index", *index}};
  if (Digest::parse(name)) return json{{"payload", name}};
  if (stage.empty())
    return fail(ErrorCode::invalid, "name the entry by its number, by digest, or by work order and --stage");
  json request = {{"work_order", name}, {"stage", stage}};
  if (attempt > 0) request["attempt"] = attempt;
  return request;
}

}  // namespace tcps::cli
