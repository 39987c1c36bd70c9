#include "actors/stages/common/memory_object_store.h"

#include <fstream>
#include <iterator>

namespace tcps::stages {

Status MemoryObjectStore::check() const { return error_ ? fail(*error_) : Status{}; }

Status MemoryObjectStore::put_file(const Digest& digest, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::io, "cannot read '" + path + "'");
  return put(digest, Bytes{std::istreambuf_iterator<char>(file), {}});
}

Status MemoryObjectStore::put(const Digest& digest, BytesView bytes) {
  std::lock_guard lock(mutex_);
  if (auto checked = check(); !checked) return checked;
  TCPS_CHECK(Digest::of(bytes) == digest);
  objects_.emplace(digest, bytes);
  return {};
}

Status MemoryObjectStore::get_file(const Digest& digest, const std::string& path) {
  const auto bytes = get(digest, SIZE_MAX);
  if (!bytes) return fail(bytes.error());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << *bytes;
  return file.flush() ? Status{} : fail(ErrorCode::io, "cannot write '" + path + "'");
}

Result<Bytes> MemoryObjectStore::get(const Digest& digest, size_t bytes_max) {
  std::lock_guard lock(mutex_);
  if (auto checked = check(); !checked) return fail(checked.error());
  const auto found = objects_.find(digest);
  if (found == objects_.end()) return fail(ErrorCode::not_found, "no object " + digest.to_string());
  if (Digest::of(found->second) != digest)
    return fail(ErrorCode::corrupt, "object " + digest.to_string() + " is damaged");
  if (found->second.size() > bytes_max)
    return fail(ErrorCode::full, "object " + digest.to_string() + " is too large");
  return found->second;
}

Result<bool> MemoryObjectStore::contains(const Digest& digest) {
  std::lock_guard lock(mutex_);
  if (auto checked = check(); !checked) return fail(checked.error());
  return objects_.contains(digest);
}

Result<std::vector<Digest>> MemoryObjectStore::list() {
  std::lock_guard lock(mutex_);
  std::vector<Digest> digests;
  for (const auto& [digest, bytes] : objects_) digests.push_back(digest);
  return digests;
}

Status MemoryObjectStore::remove(const Digest& digest) {
  std::lock_guard lock(mutex_);
  objects_.erase(digest);
  return {};
}

Digest MemoryObjectStore::add(BytesView bytes) {
  const auto digest = Digest::of(bytes);
  TCPS_CHECK(put(digest, bytes).has_value());
  return digest;
}

void MemoryObjectStore::damage(const Digest& digest) {
  std::lock_guard lock(mutex_);
  objects_.at(digest).append("damage");
}

void MemoryObjectStore::fail_with(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

}  // namespace tcps::stages
