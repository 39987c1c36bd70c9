// How a knowledge procedure has its rules run: the files laid into a work folder, tcps-engine started there
// in the sandbox with the job on its standard input, its answer read back. Strangers' ontologies, queries and
// templates are parsed only inside.
//
// The program's answer and files are judged like anybody's: they may come from an engine that hostile input
// has taken over. What it can do at worst is to answer wrongly for its own work order.
// One room serves one run on one thread; the work folder is the station's to remove.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "actors/stages/common/workbench.h"
#include "actors/stages/knowledge/answer.h"

namespace tcps::stages {

// Built with a sanitizer, the engine maps terabytes for its shadow memory: no limit of addresses would let it
// start.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool engine_is_sanitized = true;
#else
inline constexpr bool engine_is_sanitized = false;
#endif

struct EngineAnswer {
  nlohmann::json fields;
  std::vector<std::string> outputs;  // paths, for keep()
  std::optional<Finding> finding;
};

class EngineRoom {
 public:
  // `bench` outlives the room.
  explicit EngineRoom(Workbench& bench) : bench_(bench), folder_(bench.folder("engine")) {}

  // Makes the work folder, with the snapshot in it when asked for. A hostile snapshot is a failure.
  Step<void> open(bool with_product);
  // The product's files that match, sorted, as paths below product_folder.
  Step<std::vector<std::string>> find(const std::vector<std::string>& globs) const;
  // Lays what an earlier stage made as input_folder + `path`. An absent file is a fault of the factory: a
  // failure without mode.
  Step<void> lay(Stage stage, const std::string& path);

  // Runs the engine. Halts with an error when it cannot run here; a run that overstays is the failure that
  // the stage has for its deadline, one that crashes a failure without mode.
  Step<EngineAnswer> ask(const nlohmann::json& job);

  // Enters a file that the engine made into the manifest, under its path. Links are not followed.
  Step<Digest> keep(const std::string& output);

 private:
  Step<EngineAnswer> read_answer(std::string_view text) const;
  Step<ProcessResult> run(const nlohmann::json& job);

  Workbench& bench_;
  std::string folder_;
};

// The failure that a finding stands for, its detail written to the log.
tl::unexpected<Halt> fail_with(Workbench& bench, const Finding& finding, Digest evidence = {});

// The entries that fit into a receipt beside everything else (24 KiB); the rest are in the artifacts.
nlohmann::json bounded_list(const nlohmann::json& entries);

// What a product without ontology leaves at generate, extract and render: each field group says that it does
// not apply, and the manifest is handed on as it came.
StageOutcome without_ontology(const Job& job, const std::vector<std::string>& groups);

}  // namespace tcps::stages
