// The standard works that cards refer to, read from the object store by digest and kept parsed. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "actors/stages/standard_work/standard_work.h"
#include "bus/bus.h"

namespace tcps::stages {

class StandardWorkCache {
 public:
  explicit StandardWorkCache(std::shared_ptr<bus::ObjectStore> artifacts)
      : artifacts_(std::move(artifacts)) {}
  // Blocks when it is not cached. Errors: those of the object store; invalid.
  Result<std::shared_ptr<const StandardWork>> get(const Digest& digest);

 private:
  static constexpr size_t kept_max = 64;
  std::shared_ptr<bus::ObjectStore> artifacts_;
  std::mutex mutex_;
  std::map<Digest, std::shared_ptr<const StandardWork>> kept_;
};

}  // namespace tcps::stages
