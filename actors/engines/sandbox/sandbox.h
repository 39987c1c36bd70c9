// The room in which foreign code is built, tested and tried: bubblewrap namespaces around the process runner.
// Inside there is no network but loopback, no host file beyond the operating system (read-only) and what the
// spec binds, nothing writable but /work, /tmp and /dev/shm, no capability, no other process, and no
// environment but the named one. It ends with its command.
//
// Limits: bytes of address space, CPU, files and descriptors hold for each process; the count of processes
// holds for the whole room (counted in a user namespace of its own). /tmp and /dev/shm are bounded; /work is
// bounded by the disk and file_bytes_max.
//
// When the daemon runs as root, the work folder is handed over (chown) to `room_user_id` first and everything
// runs as that user: the kernel does not count root's processes. The work folder must therefore belong to the
// work order alone.
#pragma once

#include <string>
#include <vector>

#include "actors/engines/sandbox/process_runner.h"

namespace tcps {

inline constexpr unsigned room_user_id =
    65534;  // user and group, inside always, outside when the daemon is root

struct SandboxBind {
  std::string source;  // absolute, on the host
  std::string target;  // absolute, inside
};

struct SandboxSpec {
  std::string work_folder;  // absolute; writable inside as /work
  std::string root_folder;  // an unpacked image to be "/", read-only; empty: the host's operating system
  std::vector<SandboxBind> read_only;
  std::map<std::string, std::string> environment;  // added to, or replacing, what sandbox_environment() gives
  std::string working_directory = "/work";
  std::string hostname = "tcps";
  int64_t source_date_epoch = 0;
  uint64_t tmp_bytes_max = 1ull << 30;  // of /tmp, and of /dev/shm
  ProcessLimits limits{8ull << 30, 3'600, 512, 4ull << 30, 1'024};

  // As in ProcessSpec.
  Bytes standard_input;
  std::chrono::milliseconds deadline{0};
  size_t output_bytes_max = 1u << 20;
  bool merge_output = false;
  CancelToken cancel;
  std::function<void(std::string_view line)> on_line;
};

// HOME=/tmp, PATH, LC_ALL=C.UTF-8, TZ=UTC, SOURCE_DATE_EPOCH, and the spec's own. bubblewrap adds PWD.
std::map<std::string, std::string> sandbox_environment(const SandboxSpec& spec);

// The whole command line that runs `command` inside. `etc_folder` holds made-up passwd, group and hosts
// files. Pure but for looking at the host's (or the image's) top-level folders. Errors: invalid (relative
// path, empty command), not_found (work or root folder).
Result<std::vector<std::string>> sandbox_command_line(const SandboxSpec& spec,
                                                      const std::vector<std::string>& command,
                                                      const std::string& etc_folder, bool as_root);

// Thread-safe after construction.
class Sandbox {
 public:
  // `runner` must outlive the sandbox. Errors: io (no temporary folder for the made-up /etc).
  static Result<Sandbox> create(ProcessRunner& runner);
  Sandbox(Sandbox&& other) noexcept;
  Sandbox& operator=(Sandbox&&) = delete;
  ~Sandbox();

  // A command that ran and failed is a result. A command that does not exist inside ends with exit code 1 and
  // a line of bwrap's. Errors: those of sandbox_command_line() and ProcessRunner::run(), refused (a work
  // folder that cannot be handed over).
  Result<ProcessResult> run(const SandboxSpec& spec, const std::vector<std::string>& command);

  // Runs `true` inside. Errors: unavailable, saying what to install or allow.
  Status available();

 private:
  Sandbox(ProcessRunner& runner, std::string etc_folder)
      : runner_(&runner), etc_folder_(std::move(etc_folder)) {}
  ProcessRunner* runner_;
  std::string etc_folder_;
};

}  // namespace tcps
