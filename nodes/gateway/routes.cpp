#include "nodes/gateway/routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/text.h"

namespace tcps::gateway {
namespace {

using nlohmann::json;

enum class Kind : uint8_t { text, number, flag, number_or_time };

struct Parameter {
  std::string_view name;
  Kind kind;
};
using Parameters = std::vector<Parameter>;

const Parameters filters = {
    {"work_order", Kind::text}, {"stage", Kind::text},  {"status", Kind::text}, {"node", Kind::text},
    {"sku", Kind::text},        {"bucket", Kind::text}, {"actor", Kind::text},  {"failure_mode", Kind::text},
    {"artifact", Kind::text},   {"from", Kind::text},   {"to", Kind::text},     {"newest_first", Kind::flag},
    {"limit", Kind::number},    {"page", Kind::text}};

Parameters entry_filters() {
  Parameters all = filters;
  all.push_back({"kind", Kind::text});
  for (Parameter& one : all) {
    if (one.name == "from") one.kind = Kind::number_or_time;
  }
  return all;
}

// One address below /v1. A segment in braces is a placeholder, and names a member of the request.
struct Address {
  std::string_view path;
  std::string_view query;
  AnswerKind answer;
  Parameters parameters;
  std::vector<std::string_view> formats;  // other than json
};

const std::vector<Address>& addresses() {
  static const std::vector<Address> table = {
      {"openapi.json", "", AnswerKind::description, {}, {}},
      {"status", "status", AnswerKind::reply, {}, {}},
      {"stats", "stats", AnswerKind::stats, {}, {}},
      {"checkpoint", "checkpoint", AnswerKind::reply, {}, {}},
      {"wip", "wip", AnswerKind::reply, {}, {}},
      {"nodes", "nodes", AnswerKind::reply, {}, {}},
      {"andons", "andons", AnswerKind::reply, {{"all", Kind::flag}, {"limit", Kind::number}}, {}},
      {"refused", "refused", AnswerKind::reply, {{"from", Kind::number}, {"limit", Kind::number}}, {}},
      {"work-orders",
       "work-orders",
       AnswerKind::reply,
       {{"status", Kind::text},
        {"bucket", Kind::text},
        {"sku", Kind::text},
        {"limit", Kind::number},
        {"page", Kind::text}},
       {}},
      {"work-orders/{id}", "work-order", AnswerKind::reply, {}, {}},
      {"work-orders/{work_order}/bundle", "", AnswerKind::work_order_bundle, {}, {}},
      {"work-orders/{work_order}/receipts/{stage}",
       "receipt",
       AnswerKind::entry,
       {{"attempt", Kind::number}, {"format", Kind::text}},
       {"in-toto", "dsse", "slsa"}},
      {"receipts", "receipts", AnswerKind::reply, filters, {}},
      {"receipts/{entry}",
       "receipt",
       AnswerKind::entry,
       {{"format", Kind::text}},
       {"in-toto", "dsse", "slsa"}},
      {"entries", "entries", AnswerKind::reply, entry_filters(), {}},
      {"entries/{entry}", "entry", AnswerKind::entry, {{"format", Kind::text}}, {"dsse"}},
      {"trace/{artifact}", "trace", AnswerKind::trace, {{"format", Kind::text}}, {"dot", "svg"}},
      {"proof/inclusion", "proof", AnswerKind::reply, {{"index", Kind::number}, {"size", Kind::number}}, {}},
      {"proof/consistency", "proof", AnswerKind::reply, {{"old", Kind::number}, {"new", Kind::number}}, {}},
  };
  return table;
}

bool is_placeholder(std::string_view part) { return part.starts_with('{'); }

bool matches(const Address& address, const std::vector<std::string>& segments) {
  const auto parts = split(address.path, '/');
  if (parts.size() + 1 != segments.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!is_placeholder(parts[i]) && parts[i] != segments[i + 1]) return false;
  }
  return true;
}

Result<json> value_of(const Parameter& parameter, const std::string& text) {
  const auto number = whole_number(text);
  switch (parameter.kind) {
    case Kind::text:
      return json(text);
    case Kind::number_or_time:
      return number ? json(*number) : json(text);
    case Kind::number:
      if (number) return json(*number);
      return fail(ErrorCode::invalid, fmt::format("'{}' must be a whole number", parameter.name));
    case Kind::flag:
      if (text == "true" || text == "false") return json(text == "true");
      return fail(ErrorCode::invalid, fmt::format("'{}' must be true or false", parameter.name));
  }
  return fail(ErrorCode::invalid, "unknown parameter");
}

// An entry by its number or by its payload's digest. The number and the digest name it for ever.
void name_entry(const std::string& segment, Route& route) {
  if (const auto number = whole_number(segment)) {
    route.request["index"] = *number;
  } else {
    route.request["payload"] = segment;
  }
  route.immutable = true;
}

void take_segments(const Address& address, const std::vector<std::string>& segments, Route& route) {
  const auto parts = split(address.path, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!is_placeholder(parts[i])) continue;
    const std::string name(parts[i].substr(1, parts[i].size() - 2));
    if (name == "entry") {
      name_entry(segments[i + 1], route);
    } else {
      route.request[name] = segments[i + 1];
    }
  }
}

Status take_parameters(const Address& address, const RequestTarget& target, Route& route) {
  for (const auto& [name, text] : target.parameters) {
    const auto known = std::find_if(address.parameters.begin(), address.parameters.end(),
                                    [&, &name = name](const Parameter& one) { return one.name == name; });
    if (known == address.parameters.end()) {
      return fail(ErrorCode::invalid, fmt::format("/v1/{} takes no parameter '{}': see /v1/openapi.json",
                                                  address.path, name.substr(0, 64)));
    }
    auto value = TCPS_TRY(value_of(*known, text));
    if (name != "format") {
      route.request[name] = std::move(value);
      continue;
    }
    const bool offered = text == "json" || std::find(address.formats.begin(), address.formats.end(), text) !=
                                               address.formats.end();
    if (!offered) return fail(ErrorCode::invalid, fmt::format("/v1/{} has no such format", address.path));
    route.format = text;
  }
  return {};
}

Result<Route> route_below_v1(const RequestTarget& target) {
  for (const Address& address : addresses()) {
    if (!matches(address, target.segments)) continue;
    Route route;
    route.answer = address.answer;
    route.query = address.query;
    take_segments(address, target.segments, route);
    TCPS_TRY(take_parameters(address, target, route));
    return route;
  }
  return fail(ErrorCode::not_found, "there is no such address: see /v1/openapi.json");
}

// The C2SP tile API. A tile, full or partial, never changes.
Result<Route> route_of_tile(const RequestTarget& target) {
  const bool entries = target.segments.size() > 1 && target.segments[1] == "entries";
  auto address = entries ? tlog::parse_entries_path(target.path()) : tlog::parse_tile_path(target.path());
  if (!address) return fail(ErrorCode::not_found, "there is no such tile: " + address.error().message);
  if (!target.parameters.empty()) return fail(ErrorCode::invalid, "a tile takes no parameters");
  Route route;
  route.answer = entries ? AnswerKind::bundle : AnswerKind::tile;
  route.query = entries ? "entry-bundle" : "tile";
  route.tile = *address;
  route.immutable = true;
  if (!entries)
    route.request = {{"level", address->level}, {"index", address->index}, {"width", address->width}};
  return route;
}

}  // namespace

Result<Route> route_of(const RequestTarget& target) {
  const std::string root = target.segments.empty() ? "" : target.segments[0];
  if (root == "v1") return route_below_v1(target);
  if (root == "tile") return route_of_tile(target);
  if (root == "checkpoint" && target.segments.size() == 1 && target.parameters.empty()) {
    Route route;
    route.answer = AnswerKind::checkpoint;
    route.query = "checkpoint";
    return route;
  }
  return fail(ErrorCode::not_found, "there is no such address: see /v1/openapi.json");
}

std::vector<std::string_view> described_paths() {
  std::vector<std::string_view> paths;
  for (const Address& address : addresses()) paths.push_back(address.path);
  return paths;
}

}  // namespace tcps::gateway
