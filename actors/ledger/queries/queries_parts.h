// What the queries of ledger_queries.cpp share. Not for others.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/queries/queries.h"
#include "messages/line_message.h"

namespace tcps::ledger::queries {

// What a query works on.
struct Sources {
  LedgerStore& store;
  const line::SharedLine& line;
  const line::Peers* peers;
  const LedgerQueries::BootClock& boot_ms;
};

// Reads a request's fields; the first wrong one is the error.
class Fields {
 public:
  explicit Fields(const nlohmann::json& request) : request_(request) {}

  bool has(const char* name) const;
  bool is_text(const char* name) const;
  std::string text(const char* name);
  uint64_t number(const char* name, uint64_t otherwise, uint64_t most);
  bool flag(const char* name);
  Digest digest(const char* name);                   // empty when absent
  std::optional<int64_t> time_ms(const char* name);  // ISO 8601
  size_t limit() { return number("limit", 100, page_rows_max); }
  const Status& status() const { return status_; }

 private:
  const nlohmann::json* member(const char* name) const;
  void wrong(const char* name, const std::string& what);

  const nlohmann::json& request_;
  Status status_;
};

// A list that stays within a reply.
class Rows {
 public:
  // False, and not added, when the list is full.
  bool add(nlohmann::json row);
  size_t count() const { return rows_.size(); }
  nlohmann::json take() { return std::move(rows_); }

 private:
  nlohmann::json rows_ = nlohmann::json::array();
  size_t bytes_ = 0;
};

struct ReadEntry {
  proto::LedgerEntry stored;
  LineMessage message;
};
Result<ReadEntry> read_entry(LedgerStore& store, uint64_t index);  // Errors: not_found, corrupt
// The entry that a request names by index, payload digest, or work order and stage. Errors: invalid,
// not_found.
Result<uint64_t> named_entry(LedgerStore& store, Fields& fields);
nlohmann::json position_json(const proto::LedgerEntry& entry);

// The predicate as an auditor reads it: the statement's JSON.
Result<nlohmann::json> statement_of(const LineMessage& message);

std::string time_text(int64_t time_ms);  // empty for 0
std::string cut(const std::string& text, size_t bytes_max);
inline constexpr size_t shown_bytes_max = 1024;  // of a text within a reply

// {index, stage, work_order, attempt, status, node, timestamp, payload_digest, failure?}
nlohmann::json receipt_summary(LedgerStore& store, const EntrySummary& row);
Result<nlohmann::json> entry_summary(LedgerStore& store, const EntrySummary& row);
nlohmann::json andon_json(const line::AndonCall& call, bool open);

// Errors: invalid.
Result<Query> query_of(Fields& fields);

// Signed by a key that the log names as a replica's. Errors: corrupt, when it is signed by none of them.
struct TrustedCheckpoint {
  tlog::SignedCheckpoint checkpoint;
  std::string key;  // as auditors pin it
};
Result<TrustedCheckpoint> trusted_checkpoint(LedgerStore& store, const LineName& line);

using QueryReply = Result<nlohmann::json>;

// Of the fold.
QueryReply status(const Sources& sources, Fields& fields);
QueryReply wip(const Sources& sources, Fields& fields);
QueryReply nodes(const Sources& sources, Fields& fields);
QueryReply andons(const Sources& sources, Fields& fields);
// Of work orders.
QueryReply work_orders(const Sources& sources, Fields& fields);
QueryReply work_order(const Sources& sources, Fields& fields);
// Of the log.
QueryReply receipts(const Sources& sources, Fields& fields);
QueryReply receipt(const Sources& sources, Fields& fields);
QueryReply entries(const Sources& sources, Fields& fields);
QueryReply entry(const Sources& sources, Fields& fields);
QueryReply refused(const Sources& sources, Fields& fields);
QueryReply checkpoint(const Sources& sources, Fields& fields);
QueryReply proof(const Sources& sources, Fields& fields);
QueryReply verify_chain(const Sources& sources, Fields& fields);
QueryReply stats(const Sources& sources, Fields& fields);
// Of the tree.
QueryReply tile(const Sources& sources, Fields& fields);
QueryReply entry_bundle(const Sources& sources, Fields& fields);
// Derived for other people's tools.
QueryReply provenance(const Sources& sources, Fields& fields);
QueryReply trace(const Sources& sources, Fields& fields);

}  // namespace tcps::ledger::queries
