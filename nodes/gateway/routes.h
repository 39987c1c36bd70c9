// What each address of the gateway asks of the line: the one table from paths and parameters to the queries
// of docs/formats/queries.md. The same addresses are described in openapi.json. Pure rules.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ledger/tlog/tile.h"
#include "messages/result.h"
#include "nodes/gateway/request_target.h"

namespace tcps::gateway {

// How the answer is made of the query's reply.
enum class AnswerKind : uint8_t {
  reply,              // the reply itself, as JSON
  entry,              // of a receipt: as `format` says
  trace,              // of a trace: as `format` says
  stats,              // counted piece by piece
  checkpoint,         // the signed note
  tile,               // hashes
  bundle,             // entries, each after its length
  work_order_bundle,  // the offline bundle (actors/ledger/chain/bundle.h), made of several replies
  description         // openapi.json; nothing is asked
};

struct Route {
  AnswerKind answer = AnswerKind::reply;
  std::string query;  // empty: nothing is asked
  nlohmann::json request = nlohmann::json::object();
  std::string format = "json";
  bool immutable = false;  // what it names never changes
  tlog::TileAddress tile;  // of tile and bundle
};

// Errors: not_found (no such address), invalid (a parameter that the address does not take, or its value).
Result<Route> route_of(const RequestTarget& target);

// The addresses below /v1, with {placeholders}: for the check against openapi.json.
std::vector<std::string_view> described_paths();

}  // namespace tcps::gateway
