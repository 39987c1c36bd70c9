// What replicas of a line ask each other while one of them recovers: how far the log reaches, and its entries
// in pages. The service answers also while the line is halted; the questions block.
//
// Subjects: tcps.<line>.replica.<node>.state|entries to one replica, tcps.<line>.replicas.state to any.
// Requests are JSON: {"nonce"} and {"from", "target"}. Replies: replica_state.h; an entry page as bytes, or
// {"error"}.
#pragma once

#include <memory>
#include <string>

#include "actors/ledger/replication/replica_state.h"
#include "actors/runtime/clock.h"
#include "actors/runtime/executor.h"
#include "bus/bus.h"

namespace tcps::ledger {

class ReplicaService {
 public:
  struct Config {
    bus::Bus* bus = nullptr;
    LineName line;
    NodeId node;
    std::shared_ptr<Signer> signer;
    const Clock* clock = nullptr;
  };
  // Errors: those of the bus.
  static Result<std::unique_ptr<ReplicaService>> start(Config config);
  ~ReplicaService();

  // From now on answers are of this store; null: of none, nobody is answered.
  void serve(std::shared_ptr<LedgerStore> store);
  void set_halted(bool halted);
  // Why the line is halted and what it waits for, as people are told who ask.
  void set_waits_for(std::string sentence);

 private:
  struct Shared;
  ReplicaService() = default;
  std::shared_ptr<Shared> shared_;
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
  std::unique_ptr<ThreadPool> pool_;
};

// Block. Errors: unavailable (nobody answers), timeout, invalid (the answer).
Result<SignedReplicaState> ask_state(bus::Bus& bus, const LineName& line, const NodeId& node);
Result<SignedReplicaState> ask_any_state(bus::Bus& bus, const LineName& line);
Result<Bytes> ask_entries(bus::Bus& bus, const LineName& line, const NodeId& node, uint64_t from,
                          uint64_t target);

}  // namespace tcps::ledger
