#include "actors/engines/channels/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace tcps::channels {
namespace {

Error io_error(const std::string& what, const std::string& path) {
  return {ErrorCode::io, what + " '" + path + "': " + std::strerror(errno)};
}

// A name beside `path` that no other thread or process uses.
std::string temporary_name(const std::string& path) {
  static std::atomic<uint64_t> counter = 0;
  return path + ".part-" + std::to_string(getpid()) + "-" + std::to_string(counter++);
}

Status write_all(int fd, BytesView bytes) {
  while (!bytes.empty()) {
    const auto count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::io, std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Status copy_all(int fd, const std::string& from) {
  std::ifstream source(from, std::ios::binary);
  if (!source) return fail(ErrorCode::io, "cannot read '" + from + "'");
  std::array<char, 65536> buffer;
  while (source.read(buffer.data(), buffer.size()), source.gcount() > 0) {
    TCPS_TRY(write_all(fd, {buffer.data(), static_cast<size_t>(source.gcount())}));
  }
  return source.bad() ? fail(ErrorCode::io, "cannot read '" + from + "'") : Status{};
}

template <class Fill>
Status replace(const std::string& path, Fill fill) {
  const auto part = temporary_name(path);
  const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return fail(io_error("cannot create", part));
  auto done = fill(fd);
  if (done && fsync(fd) != 0) done = fail(io_error("cannot sync", part));
  close(fd);
  if (done && rename(part.c_str(), path.c_str()) != 0) done = fail(io_error("cannot put in place", path));
  if (done) return sync_folder(std::filesystem::path(path).parent_path().string());
  unlink(part.c_str());
  return fail(done.error().at("writing '" + path + "'"));
}

}  // namespace

Status write_file(const std::string& path, BytesView bytes) {
  return replace(path, [bytes](int fd) { return write_all(fd, bytes); });
}

Status copy_file(const std::string& from, const std::string& to) {
  return replace(to, [&from](int fd) { return copy_all(fd, from); });
}

Result<Bytes> read_file(const std::string& path, size_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return fail(ErrorCode::not_found, "file '" + path + "' does not exist");
  std::ifstream file(path, std::ios::binary);
  Bytes bytes;
  std::array<char, 65536> buffer;
  while (file.read(buffer.data(), buffer.size()), file.gcount() > 0) {
    bytes.append(buffer.data(), static_cast<size_t>(file.gcount()));
    if (bytes.size() > bytes_max) {
      return fail(ErrorCode::full,
                  "file '" + path + "' is longer than " + std::to_string(bytes_max) + " bytes");
    }
  }
  if (!file.eof()) return fail(ErrorCode::io, "cannot read '" + path + "'");
  return bytes;
}

Status sync_folder(const std::string& path) {
  const int fd = open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  if (!synced) {
    auto error = io_error("cannot sync the folder", path);
    if (fd >= 0) close(fd);
    return fail(std::move(error));
  }
  close(fd);
  return {};
}

std::string utc_time(int64_t unix_s) {
  const auto seconds = static_cast<time_t>(unix_s);
  tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text;
  return {text.data(), strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace tcps::channels
