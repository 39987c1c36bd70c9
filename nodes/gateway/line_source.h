// The line behind the gateway: a running factory over its bus, a stopped one by its data folder. Opened anew
// when a factory starts, stops or cannot be reached, so that the gateway itself never has to be restarted.
// Holds no operator's key: nothing behind HTTP can sign. Threads: ask() from any.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/client/line_access.h"

namespace tcps::gateway {

class LineSource {
 public:
  explicit LineSource(client::Context context);

  // Blocks. Errors: those of LineAccess::ask() and of opening.
  Result<nlohmann::json> ask(const std::string& query, const nlohmann::json& request);

 private:
  Result<std::shared_ptr<client::LineAccess>> current();
  bool has_changed() const;
  void drop(const std::shared_ptr<client::LineAccess>& access, const Error& why);

  client::Context context_;
  std::mutex mutex_;  // guards the rest
  std::shared_ptr<client::LineAccess> access_;
  Error refused_{ErrorCode::unavailable, "the line has not been opened yet"};  // why it could not be opened
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace tcps::gateway
