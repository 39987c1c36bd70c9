// The place of one run of a procedure: nothing is there when the run begins, and what the run put there goes
// when it ends.
#pragma once

#include <filesystem>

namespace tcps::station {

class RunWorkspace {
 public:
  // Removes what a run that was cut off left at this path.
  explicit RunWorkspace(std::filesystem::path path);
  ~RunWorkspace();
  RunWorkspace(const RunWorkspace&) = delete;
  RunWorkspace& operator=(const RunWorkspace&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tcps::station
