// Runs programs on Linux: one session and process group per child, killed as a whole (SIGTERM, then SIGKILL),
// and with its parent (PR_SET_PDEATHSIG). The parent-death signal belongs to the thread that called run(),
// which waits there until the child is gone.
//
// A descendant that leaves the process group (setsid) outlives run() here; inside a Sandbox the PID namespace
// ends it too. Stateless: one runner serves any number of threads. Needs Linux 5.9 (pidfd, close_range).
#pragma once

#include "actors/engines/sandbox/process_runner.h"

namespace tcps {

class PosixProcessRunner final : public ProcessRunner {
 public:
  Result<ProcessResult> run(const ProcessSpec& spec) override;
};

}  // namespace tcps
