// One line on one node: its log, its actors, and the keeper that starts them, restarts them one for one and shuts them down in order.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <functional>
#include <memory>
#include <string>

#include "actors/engines/sandbox/process_runner.h"
#include "actors/runtime/clock.h"
#include "actors/runtime/executor.h"
#include "actors/stages/procedure.h"
#include "bus/bus.h"
#include "messages/keys.h"
#include "nodes/tcpsd/config.h"

namespace tcps::node {

// The node's means, shared by its lines. Outlives them.
struct NodeContext {
  const NodeConfig* config = nullptr;
  caf::actor_system* system = nullptr;
  bus::Bus* bus = nullptr;
  const Clock* clock = nullptr;
  Executor* crypto = nullptr;
  std::shared_ptr<Signer> node_key;
  std::shared_ptr<PrivateKey> operator_key;  // only where this node founds lines
  Workshop workshop;                         // without artifacts: each line has its own
  // Given a stage and the line's standard work, the procedure to run.
  std::function<std::shared_ptr<Procedure>(Stage, const StandardWork&)> procedures;
  // Called once when a line cannot go on: the node ends with this reason.
  std::function<void(std::string)> fail;
};

class LineRuntime {
 public:
  // Blocks: opens the ledger, makes the stream, begins the log where this node may. Errors: those of store and bus.
  static Result<std::unique_ptr<LineRuntime>> start(const NodeContext& context, const LineConfig& config);
  ~LineRuntime();

  // Blocks: stations hand back or finish within the grace, then everything ends.
  void stop();
  const LineName& line() const;
  std::string genesis() const;  // empty until the log has begun

 private:
  struct Impl;
  explicit LineRuntime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::node
