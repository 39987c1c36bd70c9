// An object store in memory, for tests: content-addressed like the real one, and breakable.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "bus/bus.h"

namespace tcps::stages {

// Thread-safe.
class MemoryObjectStore final : public bus::ObjectStore {
 public:
  Status put_file(const Digest& digest, const std::string& path) override;
  Status put(const Digest& digest, BytesView bytes) override;
  Status get_file(const Digest& digest, const std::string& path) override;
  Result<Bytes> get(const Digest& digest, size_t bytes_max) override;
  Result<bool> contains(const Digest& digest) override;
  Result<std::vector<bus::ObjectInfo>> list() override;
  Status discard(const bus::ObjectInfo& seen, const std::string& why) override;

  Digest add(BytesView bytes);                 // put() under their own digest
  void damage(const Digest& digest);           // its bytes no longer have the digest
  void fail_with(std::optional<Error> error);  // every call from now on
  void set_time(int64_t unix_ms);              // when objects are stored from now on

 private:
  Status check() const;

  struct Object {
    Bytes bytes;
    bus::ObjectInfo info;
  };

  std::mutex mutex_;
  std::map<Digest, Object> objects_;
  std::map<Digest, std::string> discarded_;  // why
  int64_t now_unix_ms_ = 0;
  uint64_t revisions_ = 0;
  std::optional<Error> error_;
};

}  // namespace tcps::stages
