// For the tests of the stages: one work order over a small product repository, with everything that a station
// would hand to a procedure.
#pragma once

#include <map>
#include <string>

#include "actors/engines/sandbox/process_runner.h"
#include "actors/stages/common/manifest.h"
#include "actors/stages/common/testing/memory_object_store.h"
#include "actors/stages/procedure.h"

namespace tcps::stages {

using Repository =
    std::map<std::string, std::string>;  // text by path; a text that starts with "#!" is executable

class Trial {
 public:
  // `line_toml` must parse.
  Trial(std::string_view line_toml, const Repository& repository, ProcessRunner& runner);
  // The repository is a folder on disk, line.toml in its root.
  Trial(const std::string& repository_folder, ProcessRunner& runner);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  // Works a stage in a new workspace; what passes is handed on to the next call.
  Result<StageOutcome> run(Procedure& procedure, Stage stage);

  // Enters a file into the manifest, as if `stage` had made it.
  void hand_on(Stage stage, const std::string& path, std::string_view text);
  Manifest manifest();
  Bytes artifact(Stage stage, const std::string& path);  // empty: there is none
  std::string text_of(const Digest& digest);

  // Changed by tests before run().
  Job job;
  Workshop workshop;
  MemoryObjectStore store;
  std::string folder;  // of this trial's own, for registries, marketplaces, ...
  std::string log;     // what the live listener heard
};

// The folder that is /work in the room which this process is to make.
std::string work_folder_of(const ProcessSpec& spec);

}  // namespace tcps::stages
