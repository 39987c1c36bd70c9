// How commands name one entry of the log.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "messages/result.h"

namespace tcps::cli {

// By entry number, by payload digest, or by work order and stage.
struct EntryName {
  std::string name, stage;
  uint32_t attempt = 0;  // 0: the newest

  void add_to(CLI::App& command);
  // Of the queries `receipt` and `entry`. Errors: invalid.
  Result<nlohmann::json> request() const;
};

}  // namespace tcps::cli
