// How the actors of one line on one node are wired: what each is given of the node's means and of the line's.
// Wiring only: when an actor starts, starts again and ends is the keeper's (keeper_actor.h).
//
// What is wired stays valid as long as the node's means (NodeContext) do. Used by one thread, the keeper's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/ledger/queries/queries.h"
#include "actors/ledger/replication/line_log.h"
#include "actors/line/following/line_messages.h"
#include "actors/stages/standard_work/standard_work_cache.h"
#include "actors/station/station_actor.h"
#include "actors/supervisor/supervisor_actor.h"
#include "nodes/tcpsd/line_runtime.h"
#include "nodes/tcpsd/services/artifact_sweeper.h"
#include "nodes/tcpsd/services/reproducer.h"

namespace tcps::node {

struct LineParts {
  NodeContext node;
  LineConfig line;
  ledger::LineLog log;
  std::string stream;
  uint32_t epoch = 1;
  std::shared_ptr<bus::ObjectStore> artifacts;
  std::shared_ptr<line::Peers> peers;
  std::shared_ptr<ledger::LedgerQueries> queries;
  std::shared_ptr<Executor> query_executor;
};

template <class Handle>
using Spawn = std::function<Handle()>;
class BucketsInForce;

class LineWiring {
 public:
  explicit LineWiring(LineParts parts);

  const LineParts& parts() const { return parts_; }
  const std::shared_ptr<stages::StandardWorkCache>& standard_works() const { return standard_works_; }
  ArtifactSweeper& sweeper() const { return *sweeper_; }
  // Into which bucket demand goes by its source, as the product in force has it: for intake, whether it runs
  // already or not.
  void set_buckets(const StandardWork& work);

  Spawn<line::ReplicaActor> replica() const;
  Spawn<line::LineActor> line(const line::ReplicaActor& replica) const;
  Spawn<line::VerdictAsker> query(const line::LineActor& line) const;
  Spawn<line::VerdictAsker> intake(const line::LineActor& line) const;
  Spawn<line::Watcher> planner(const line::LineActor& line) const;
  Spawn<line::Watcher> supervisor(const line::LineActor& line, const StandardWork& work) const;
  Spawn<station::StationActor> station(Stage stage, const StandardWork& work, const line::LineActor& line,
                                       const line::ReplicaActor& replica) const;

  // Errors: those of the bus. Null where no build is worked.
  Result<std::shared_ptr<Reproducer>> start_reproducer(const line::LineActor& line) const;
  supervisor::RoleConfig role(const line::LineActor& line) const;
  line::Heartbeat heartbeat(int64_t started_unix_ms) const;

 private:
  Workshop workshop() const;

  LineParts parts_;
  std::shared_ptr<stages::StandardWorkCache> standard_works_;
  std::shared_ptr<ArtifactSweeper> sweeper_;
  std::shared_ptr<std::atomic<bool>> stream_has_room_ = std::make_shared<std::atomic<bool>>(true);
  std::shared_ptr<BucketsInForce> buckets_;
};

// "station-work-build-default": of one stage and pool.
std::string station_name(Stage stage, const StandardWork& work);

}  // namespace tcps::node
