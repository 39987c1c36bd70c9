// A factory that this program starts: a tcpsd on a data folder, with an embedded bus and channels.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "messages/ids.h"
#include "messages/result.h"
#include "nodes/client/context.h"

namespace tcps::cli {

// Makes <data>/tcpsd.toml, or adds the line to one that an earlier call made; a file of somebody's own is
// left as it is and must name the line. Returns its path. Errors: conflict, invalid, io.
Result<std::string> write_factory_config(const std::string& data_folder, const std::string& line);
// The text for these lines. The first line marks it as made here.
std::string factory_config_text(const std::string& data_folder, const std::vector<std::string>& lines);

Result<std::string> find_tcpsd();  // beside this program. Errors: unavailable

class FactoryProcess {
 public:
  // `outlives`: the factory goes on when this process ends; otherwise it is stopped with it, even when this
  // process is killed. Its log goes to <data>/tcpsd.log. Call it on the thread that lives as long as the
  // process: Linux binds the death signal to it.
  static Result<std::unique_ptr<FactoryProcess>> start(const std::string& data_folder,
                                                       const std::string& config, bool outlives);
  ~FactoryProcess();  // stop(), unless it outlives

  // Blocks until it announced itself. Errors: unavailable (it ended, or not ready in time), with the end of
  // its log.
  Result<client::RunningFactory> wait_ready(std::chrono::milliseconds timeout,
                                            const std::function<bool()>& interrupted);
  bool running();
  void stop();  // blocks: SIGTERM, after the grace SIGKILL
  std::string log_tail() const;

 private:
  FactoryProcess(std::string data_folder, pid_t pid, bool outlives)
      : data_folder_(std::move(data_folder)), pid_(pid), outlives_(outlives) {}
  std::string data_folder_;
  pid_t pid_;
  bool outlives_;
};

}  // namespace tcps::cli
