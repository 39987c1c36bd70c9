// A nats-server as a child of this process: for single-machine lines, tests and benchmarks. It listens on
// loopback only, stores under a folder that is given, and never outlives this process (not even a killed
// one).
//
// Threads: one call at a time. The child belongs to a thread of this object, since Linux binds a child's
// death signal to the thread that made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "messages/result.h"

namespace tcps::bus {

struct NatsServerOptions {
  std::string binary;                   // empty: TCPS_NATS_SERVER, then `candidates`, then PATH
  std::vector<std::string> candidates;  // for example where the quickstart unpacks the server
  std::string store_folder;             // made when missing; also takes nats.conf and nats.log
  std::string server_name = "tcps";
  uint16_t port = 0;  // 0: a free one, kept over restarts
  uint64_t file_store_bytes_max = 8ull << 30;
  uint32_t payload_bytes_max = 1u << 20;
  std::string sync_interval =
      "1s";  // "always": nothing is acknowledged before it is on the disk, ten times slower
  std::chrono::milliseconds start_timeout{10'000};
  std::chrono::milliseconds stop_grace{5'000};
};

// The path of a nats-server of at least version 2.10. Errors: not_found, telling every place looked at and
// the remedy.
Result<std::string> find_nats_server(const std::string& binary, const std::vector<std::string>& candidates);

class NatsServerProcess {
 public:
  // Blocks until the server answers. Errors: not_found (no binary), io, unavailable (it ended or does not
  // answer: see nats.log).
  static Result<std::unique_ptr<NatsServerProcess>> start(NatsServerOptions options);
  ~NatsServerProcess();  // stop()

  void stop();           // blocks: SIGTERM, after the grace SIGKILL
  void kill_hard();      // blocks: SIGKILL, as a crash would
  Status start_again();  // blocks; same port and store. After stop() or kill_hard()

  bool running() const;
  pid_t pid() const;  // 0 when not running
  uint16_t port() const;
  std::string url() const;

 private:
  class Child;
  explicit NatsServerProcess(NatsServerOptions options);
  Status write_configuration() const;
  Status launch();
  uint16_t port_told() const;  // 0: not yet
  Status wait_until_it_answers();
  void end(int signal);

  NatsServerOptions options_;
  std::unique_ptr<Child> child_;
};

}  // namespace tcps::bus
