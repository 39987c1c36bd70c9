// A folder that lives as long as its owner. For tests only.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "messages/result.h"

namespace tcps::ledger {

class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& where = std::filesystem::temp_directory_path())
      : path_((where / "tcps-ledger-XXXXXX").string()) {
    TCPS_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace tcps::ledger
