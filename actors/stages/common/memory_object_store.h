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
  Result<std::vector<Digest>> list() override;
  Status remove(const Digest& digest) override;

  Digest add(BytesView bytes);                 // put() under their own digest
  void damage(const Digest& digest);           // its bytes no longer have the digest
  void fail_with(std::optional<Error> error);  // every call from now on

 private:
  Status check() const;

  std::mutex mutex_;
  std::map<Digest, Bytes> objects_;
  std::optional<Error> error_;
};

}  // namespace tcps::stages
