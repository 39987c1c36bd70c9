// The folder of one run of a procedure, made empty, that goes when the run does.
#pragma once

#include <filesystem>

#include "messages/result.h"

namespace tcps::station {

class RunWorkspace {
 public:
  // What a run that was cut off left at this path goes first.
  explicit RunWorkspace(std::filesystem::path path);
  ~RunWorkspace();
  RunWorkspace(const RunWorkspace&) = delete;
  RunWorkspace& operator=(const RunWorkspace&) = delete;

  Status status() const;  // Errors: io, when the folder cannot be made
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::error_code error_;
};

}  // namespace tcps::station
