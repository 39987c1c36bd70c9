#include "actors/stages/common/testing/memory_object_store.h"

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
  TCPS_TRY(check());
  TCPS_CHECK(Digest::of(bytes) == digest);
  auto& object = objects_[digest];
  object.bytes = Bytes(bytes);
  object.info = {digest, bytes.size(), now_unix_ms_, ++revisions_};
  discarded_.erase(digest);
  return {};
}

Status MemoryObjectStore::get_file(const Digest& digest, const std::string& path) {
  const auto bytes = TCPS_TRY(get(digest, SIZE_MAX));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  return file.flush() ? Status{} : fail(ErrorCode::io, "cannot write '" + path + "'");
}

Result<Bytes> MemoryObjectStore::get(const Digest& digest, size_t bytes_max) {
  std::lock_guard lock(mutex_);
  TCPS_TRY(check());
  const auto found = objects_.find(digest);
  if (found == objects_.end()) {
    const auto gone = discarded_.find(digest);
    return fail(ErrorCode::not_found,
                "no object " + digest.to_string() + (gone == discarded_.end() ? "" : ": " + gone->second));
  }
  const Bytes& bytes = found->second.bytes;
  if (Digest::of(bytes) != digest)
    return fail(ErrorCode::corrupt, "object " + digest.to_string() + " is damaged");
  if (bytes.size() > bytes_max)
    return fail(ErrorCode::full, "object " + digest.to_string() + " is too large");
  return bytes;
}

Result<bool> MemoryObjectStore::contains(const Digest& digest) {
  std::lock_guard lock(mutex_);
  TCPS_TRY(check());
  return objects_.contains(digest);
}

Result<std::vector<bus::ObjectInfo>> MemoryObjectStore::list() {
  std::lock_guard lock(mutex_);
  TCPS_TRY(check());
  std::vector<bus::ObjectInfo> infos;
  for (const auto& [digest, object] : objects_) infos.push_back(object.info);
  return infos;
}

Status MemoryObjectStore::discard(const bus::ObjectInfo& seen, const std::string& why) {
  std::lock_guard lock(mutex_);
  TCPS_TRY(check());
  const auto found = objects_.find(seen.digest);
  if (found == objects_.end() || found->second.info.revision != seen.revision)
    return fail(ErrorCode::conflict, "object " + seen.digest.to_string() + " was stored again, or is gone");
  objects_.erase(found);
  discarded_[seen.digest] = why;
  return {};
}

Digest MemoryObjectStore::add(BytesView bytes) {
  const auto digest = Digest::of(bytes);
  TCPS_CHECK(put(digest, bytes).has_value());
  return digest;
}

void MemoryObjectStore::damage(const Digest& digest) {
  std::lock_guard lock(mutex_);
  objects_.at(digest).bytes.append("damage");
}

void MemoryObjectStore::fail_with(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

void MemoryObjectStore::set_time(int64_t unix_ms) {
  std::lock_guard lock(mutex_);
  now_unix_ms_ = unix_ms;
}

}  // namespace tcps::stages
