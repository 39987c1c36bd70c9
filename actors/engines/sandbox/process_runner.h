// The port through which procedures start other programs: compilers, test runners, git, skopeo, a registry.
// Injected where a node is put together, so that procedures and engines are tested with a scripted runner.
//
// Invariants of every implementation: the child sees exactly the environment and the descriptors that the
// spec names; output is bounded; when run() returns, the child's process group is gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps {

// Thread-safe. request_stop() on the source kills what runs with its token, and lets a run that has not
// started fail at once.
using CancelSource = std::stop_source;
using CancelToken = std::stop_token;

// Resource limits of each process (rlimits). An absent one is inherited. Core dumps are always off.
struct ProcessLimits {
  std::optional<uint64_t> address_space_bytes_max;
  std::optional<uint64_t> cpu_seconds_max;
  std::optional<uint64_t> processes_max;  // of the user: not enforced by the kernel for root
  std::optional<uint64_t> file_bytes_max;
  std::optional<uint64_t> open_files_max;
};

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] without '/' is looked up in the PATH of `environment`
  std::map<std::string, std::string> environment;  // exact: nothing is inherited
  std::string working_directory = "/";
  Bytes standard_input;
  std::chrono::milliseconds deadline{0};        // zero: none
  std::chrono::milliseconds kill_grace{2'000};  // between SIGTERM and SIGKILL
  size_t output_bytes_max = 1u << 20;           // kept of each stream: its tail
  bool merge_output = false;                    // standard error goes where standard output goes
  ProcessLimits limits;
  CancelToken cancel;
  // Called on the thread of run() with each line of both streams, without its newline; a longer line than 8
  // KiB comes in pieces.
  std::function<void(std::string_view line)> on_line;
};

struct ProcessResult {
  int exit_code = -1;  // -1 when ended by a signal
  int signal = 0;      // 0 when it exited by itself
  Bytes output;        // standard output, or both when merged
  Bytes error_output;
  bool output_truncated = false;
  bool error_output_truncated = false;
  bool timed_out = false;
  bool cancelled = false;
  int64_t wall_ms = 0;
  int64_t cpu_ms = 0;  // user and system, of the child and of the descendants it waited for
  uint64_t resident_bytes_max = 0;

  bool ok() const { return exit_code == 0 && !timed_out && !cancelled; }
};

// "exit code 2", "signal 9", "deadline passed", "cancelled": for receipts and messages.
std::string describe_end(const ProcessResult& result);

// The environment most tools need and no more: PATH, LC_ALL=C.UTF-8, TZ=UTC.
std::map<std::string, std::string> minimal_environment();

class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  // Blocks until the child has ended or was killed. Thread-safe. A program that ran and failed is a result,
  // not an error. Errors: invalid (empty argv), not_found (no such program), io (the system cannot start
  // processes).
  virtual Result<ProcessResult> run(const ProcessSpec& spec) = 0;
};

}  // namespace tcps
