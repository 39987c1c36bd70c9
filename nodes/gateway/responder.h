// Makes the answer to a route from the line's replies. Holds the counts of /v1/stats, so that a log is
// counted once; nothing else. Threads: answer() may be called from any, and blocks as long as `ask` does.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "actors/ledger/queries/bundle_export.h"
#include "actors/ledger/queries/ledger_stats.h"
#include "messages/result.h"
#include "nodes/gateway/answer.h"
#include "nodes/gateway/routes.h"

namespace tcps::gateway {

// The OpenAPI 3.1 document of /v1.
std::string_view openapi_document();

class Responder {
 public:
  explicit Responder(ledger::AskLine ask) : ask_(std::move(ask)) {}

  Answer answer(const Route& route);

 private:
  Result<Answer> make(const Route& route);
  Result<Answer> made_of(const Route& route, const nlohmann::json& reply);
  Result<Answer> entry(const Route& route, const nlohmann::json& reply);
  Result<Answer> bundle(const Route& route);
  Result<Answer> work_order_bundle(const Route& route);
  Result<Answer> stats();

  ledger::AskLine ask_;
  std::mutex counting_;  // one request counts at a time; guards the rest
  ledger::LedgerStats counted_;
  uint64_t counted_to_ = 0;
};

}  // namespace tcps::gateway
