// The embedded container registry: Debian's docker-registry as a child of this process, on a free port of the
// loopback interface, storing into a folder. For quickstarts and for tests; a cluster names a registry of its
// own.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "actors/engines/sandbox/process_runner.h"

namespace tcps::channels {

// The child ends with this object, and with this process (parent-death signal). It is not restarted: a caller
// that finds running() false starts another on the same folder, where the images still are.
class RegistryProcess {
 public:
  // Blocks until the registry accepts connections. `runner` must outlive the object. Errors: not_found
  // (docker-registry is not installed), unavailable (it did not start; the message holds its last words), io.
  static Result<std::unique_ptr<RegistryProcess>> start(ProcessRunner& runner,
                                                        const std::string& storage_folder);
  ~RegistryProcess();

  const std::string& address() const { return address_; }  // "127.0.0.1:<port>"
  bool running() const { return !ended_; }
  // Asks the child to end, and kills it when it does not; returns when it is gone. Idempotent.
  void stop();

 private:
  RegistryProcess() = default;
  Status launch(ProcessRunner& runner, const std::string& storage_folder);

  std::string address_;
  CancelSource cancel_;
  std::atomic<bool> ended_ = false;
  Error end_{ErrorCode::unavailable, ""};  // read after the thread is joined
  std::thread thread_;                     // runs the child: the parent-death signal follows this thread
};

}  // namespace tcps::channels
