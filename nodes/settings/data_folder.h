// The data folder of one node: locked by the node that works on it, and the place where the command line
// learns how to reach it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "messages/result.h"

namespace tcps::node {

// Held while the node runs; the lock goes with the process, however it ends.
class DataFolder {
 public:
  // Makes the folder. Errors: conflict, naming the process that holds it; io.
  static Result<std::unique_ptr<DataFolder>> lock(const std::string& path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  Status announce(const nlohmann::json& factory) const;  // writes factory.json, whole or not at all
  void withdraw() const;                                 // removes it

 private:
  DataFolder(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_;
};

}  // namespace tcps::node
