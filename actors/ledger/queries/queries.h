// Answers questions about a line from its ledger and its fold: what a publisher, an operator or an auditor
// asks. The one implementation behind tcps.<line>.ledger.<query> on the bus and behind the command line on a
// stopped factory's data folder. docs/formats/queries.md lists the queries, their requests and their replies.
//
// Every reply says in "as_of" how far the replica had followed (entries, and position in the stream) when it
// began to answer. A request with "at_least" is answered by a replica with that many entries only: so one
// that has seen more elsewhere notices a stale replica.
//
// Questions change nothing. The fold may be some entries ahead of the ledger: what is not synced yet is shown
// with its state and without its texts. Replies are bounded (reply_bytes_max); longer lists are cut and say
// where to go on.
//
// Threads: answer() may be called from any thread, at any time, and waits for the disk: call it on a worker
// pool.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ledger/store/ledger_store.h"
#include "actors/line/following/peers.h"
#include "actors/line/following/shared_line.h"
#include "messages/result.h"

namespace tcps::ledger {

inline constexpr size_t reply_bytes_max = 900u << 10;  // below the bus's largest message

class LedgerQueries {
 public:
  using BootClock = std::function<int64_t()>;  // milliseconds, of the clock that `peers` was told by

  // The references outlive the object. `peers` is null for a stopped factory. Without a clock, nodes are
  // listed without their silence.
  LedgerQueries(LedgerStore& store, const line::SharedLine& line, const line::Peers* peers,
                BootClock boot_ms = nullptr);

  // Errors: not_found (no such query, entry, work order), invalid (the request, naming the field),
  // unavailable (fewer entries here than the request's "at_least"), and those of the store.
  Result<nlohmann::json> answer(std::string_view query, const nlohmann::json& request) const;
  static std::vector<std::string_view> names();

 private:
  LedgerStore& store_;
  const line::SharedLine& line_;
  const line::Peers* peers_;
  BootClock boot_ms_;
};

}  // namespace tcps::ledger
