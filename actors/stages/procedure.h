// What a station does to one work order, free of bus and actors: the seam between the station shell and the
// ten stages.
//
// A procedure is a pure-ish function of its job and of the artifacts it reads: it keeps no state between
// runs, may be stopped at any point (cancel), and leaves nothing behind but the artifacts it stored, which
// are content-addressed.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "actors/stages/standard_work/standard_work.h"
#include "messages/failure_mode.h"
#include "messages/proto/work_order.pb.h"
#include "messages/result.h"
#include "messages/stage.h"

namespace tcps {

namespace bus {
class ObjectStore;
}
class ProcessRunner;

// What the station hands to its procedure. The references outlive the run.
struct Job {
  Stage stage;
  uint32_t attempt = 1;
  LineName line;
  proto::WorkOrder work_order;
  std::string version;  // assigned by pull; empty before
  // of the SKU on this line, at the time the card was taken: pull counts on from it
  std::string highest_version;
  Digest predecessor;
  Digest manifest;  // what the stages before left; empty: nothing yet
  std::shared_ptr<const StandardWork> standard_work;
  // A path of this run's own, with nothing there: who needs a folder makes it. What is there is removed
  // afterwards.
  std::string workspace;
  std::chrono::milliseconds time_left{};  // until the SLO
  std::stop_token cancel;
};

// The node's means, shared by all procedures.
struct Workshop {
  bus::ObjectStore* artifacts = nullptr;
  ProcessRunner* processes = nullptr;
  std::string engine_program;         // path of tcps-engine: the knowledge engines in a process of their own
  std::string oci_registry;           // host:port of the embedded registry; empty: none
  std::string marketplace_directory;  // of the embedded marketplace; empty: none
  std::string public_host;            // how others reach this node's channels
  std::function<int64_t()> unix_ms;
  std::function<void(const std::string& work_order, std::string_view line)> log;  // live output, best effort
};

struct StageFailure {
  std::optional<FailureMode> mode;  // one of the stage's; nothing: none fits
  std::string reason;               // one sentence for people, naming the place
  Digest evidence;                  // an artifact (log, report); empty: none
};

struct StageOutcome {
  nlohmann::json fields = nlohmann::json::object();  // the Standard Work's own receipt fields of the stage
  Digest manifest;                                   // everything that is handed on; empty: nothing
  std::map<std::string, Digest> outputs;             // what this stage made: the statement's subjects
  std::string version;                               // pull only
  std::optional<StageFailure> failure;
};

class Procedure {
 public:
  virtual ~Procedure() = default;
  // Blocks. An error means that the stage could not be worked here now (no object store, no sandbox): the
  // card goes back, nothing is published. What is wrong with the work order itself is an outcome with a
  // failure.
  virtual Result<StageOutcome> run(const Job& job, const Workshop& workshop) = 0;
};

}  // namespace tcps
