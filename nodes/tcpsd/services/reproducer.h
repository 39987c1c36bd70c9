// Makes a build again that another node made, to see whether the same inputs give the same bytes there too:
// the build procedure of the work order's own standard work, on what its build had, in a workspace of its
// own. The product files are compared, not the stage's reports. What came out is said in an evidence entry
// "reproduction", signed by this node's key, which release policies count (docs/formats/policy.md).
//
// Answers requests on tcps.<line>.replica.<node>.reproduce {"work_order"}: docs/formats/subjects.md. One
// build at a time; who asks meanwhile is told to ask again. Asking twice is safe: the evidence that is in the
// ledger already is told instead.
//
// Threads: a handler on the bus's, a worker of its own. stop() from any thread; a build under way ends soon,
// and nothing is published.
#pragma once

#include <atomic>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>

#include "actors/ledger/store/ledger_store.h"
#include "actors/runtime/executor.h"
#include "actors/stages/common/manifest.h"
#include "actors/stages/procedure.h"
#include "actors/stages/standard_work/standard_work_cache.h"
#include "bus/bus.h"
#include "messages/line_message.h"

namespace tcps::node {

struct ReproducerConfig {
  bus::Bus* bus = nullptr;
  LineName line;
  NodeId node;
  std::shared_ptr<ledger::LedgerStore> store;
  std::shared_ptr<stages::StandardWorkCache> standard_works;
  Workshop workshop;           // with the line's artifacts
  std::string workspace_root;  // the build gets a folder of its own below
  std::function<std::shared_ptr<Procedure>(Stage, const StandardWork&)> procedures;
  // Signs the evidence, publishes it and tells its place in the stream. Blocks. Errors: those of signer and
  // bus.
  std::function<Result<bus::PublishAck>(proto::Evidence evidence)> publish;
};

struct PassedBuild;

class Reproducer {
 public:
  // Errors: those of the bus.
  static Result<std::shared_ptr<Reproducer>> start(ReproducerConfig config);
  ~Reproducer();
  void stop();

  // The build of the work order, made here. Blocks for as long as a build takes. Errors: not_found (no passed
  // build, or what it was made from was swept), refused (this node made it; null procedures), unavailable,
  // and those of store and procedure.
  Result<nlohmann::json> reproduce(const std::string& work_order);

 private:
  explicit Reproducer(ReproducerConfig config) : config_(std::move(config)) {}
  void take(const bus::Message& message);
  Result<nlohmann::json> answer(const Bytes& request);
  Result<stages::Manifest> manifest_of_build(const PassedBuild& build);
  Result<StageOutcome> build_again(const PassedBuild& build);
  Result<proto::Evidence> compare(const PassedBuild& build, const stages::Manifest& theirs,
                                  const StageOutcome& outcome);

  ReproducerConfig config_;
  std::stop_source stop_;
  std::atomic<bool> busy_ = false;
  std::unique_ptr<bus::Subscription> requests_;
  std::unique_ptr<ThreadPool> worker_;
};

}  // namespace tcps::node
