#include "nodes/tcps/ledger/entry_name.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "messages/digest.h"

namespace tcps::cli {

using nlohmann::json;

void EntryName::add_to(CLI::App& command) {
  command.add_option("entry", name, "entry number, digest, or work order (with --stage)")->required();
  command.add_option("--stage", stage, "stage of the work order's receipt");
  command.add_option("--attempt", attempt, "attempt; the newest when not named");
}

Result<json> EntryName::request() const {
  uint64_t index = 0;
  const char* end = name.data() + name.size();
  if (const auto read = std::from_chars(name.data(), end, index); read.ec == std::errc() && read.ptr == end)
    return json{{"index", index}};
  if (Digest::parse(name)) return json{{"payload", name}};
  if (stage.empty())
    return fail(ErrorCode::invalid, "name the entry by its number, by digest, or by work order and --stage");
  json request = {{"work_order", name}, {"stage", stage}};
  if (attempt > 0) request["attempt"] = attempt;
  return request;
}

}  // namespace tcps::cli
