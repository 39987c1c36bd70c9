// One line on one node: its log, its actors, and the keeper that starts them, restarts them one for one and
// shuts them down in order.
#pragma once

#include <caf/fwd.hpp>
#include <functional>
#include <memory>
#include <string>

#include "actors/engines/sandbox/process_runner.h"
#include "actors/runtime/clock.h"
#include "actors/runtime/executor.h"
#include "actors/stages/procedure.h"
#include "bus/bus.h"
#include "messages/keys.h"
#include "nodes/settings/config.h"

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
  // Called when a line cannot go on: it is recovered where its stream is the trouble; otherwise the node ends
  // with this reason.
  std::function<void(std::string)> fail;
  // Asked while a line waits to be recovered; false: the node is told to stop.
  std::function<bool()> keep_going;
};

class LineRuntime {
 public:
  // Blocks until log and stream stand together (line_recovery.h); begins the log where this node may. Errors:
  // those of store and bus.
  static Result<std::unique_ptr<LineRuntime>> start(const NodeContext& context, const LineConfig& config);
  ~LineRuntime();

  // Blocks: whether the bus no longer holds the stream that the line follows, so that it must be stopped at
  // once and started again. Errors: unavailable, timeout, and those of the store.
  Result<bool> must_recover();

  // Blocks. In order: stations hand back or finish within the grace, then everything ends.
  enum class Stop { in_order, at_once };
  void stop(Stop how);
  const LineName& line() const;
  std::string genesis() const;  // empty until the log has begun

 private:
  struct Impl;
  explicit LineRuntime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::node
