#include "messages/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tcps {
namespace {

constexpr size_t piece_bytes = 64 * 1024;
constexpr mode_t others = 077;

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags, mode_t mode = 0)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~OpenFile() {
    if (is_open()) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  const int number_;
};

// Of the system call that failed last.
tl::unexpected<Error> system_error(const std::string& path, std::string_view what) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  return fail(is_full ? ErrorCode::full : ErrorCode::io,
              fmt::format("{}: cannot be {}: {}: {}", path, what, std::strerror(errno),
                          is_full ? "make room on the disk, then start again"
                                  : "check the path, its permissions and the disk"));
}

// ---- reading

// `bytes_likely`: when it is right, the bytes are never moved, and no copy of a secret is left in memory.
Result<Bytes> read_to_end(const OpenFile& file, const std::string& path, size_t bytes_likely,
                          size_t bytes_max) {
  Bytes bytes(std::min(bytes_likely, bytes_max) + 1, '\0');  // one more shows the end
  size_t size = 0;
  for (;;) {
    if (size > bytes_max)
      return fail(ErrorCode::full, fmt::format("{}: is longer than {} bytes", path, bytes_max));
    if (size == bytes.size()) bytes.resize(std::min(size + std::max(size, piece_bytes), bytes_max + 1));
    const ssize_t count = ::read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, "read");
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

enum class Kind { regular, secret, any };

Result<Bytes> read_kind(Kind kind, const std::string& path, size_t bytes_max) {
  // Nobody waits for the writer of a pipe where a pipe is not wanted.
  const OpenFile file(path, O_RDONLY | (kind == Kind::any ? 0 : O_NONBLOCK));
  if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR))
    return fail(ErrorCode::not_found, fmt::format("{}: there is no such file", path));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) return system_error(path, "opened");
  const bool is_regular = S_ISREG(status.st_mode);
  if (!is_regular && (kind != Kind::any || S_ISDIR(status.st_mode)))
    return fail(ErrorCode::invalid, fmt::format("{}: is not a regular file", path));
  if (kind == Kind::secret && (status.st_mode & others) != 0) {
    return fail(ErrorCode::refused,
                fmt::format("{}: is open to others (mode {:04o}): chmod 600 it and consider the secret known",
                            path, static_cast<unsigned>(status.st_mode) & 07777u));
  }
  return read_to_end(file, path, is_regular ? static_cast<size_t>(status.st_size) : 0, bytes_max);
}

// ---- writing

// A name beside `path` that nobody else uses, not even what a crashed process of the same number left.
std::string staged_name(const std::string& path) {
  uint64_t random = 0;
  TCPS_CHECK(::getrandom(&random, sizeof random, 0) == sizeof random);
  return fmt::format("{}.new-{:016x}", path, random);
}

Status write_all(int file, BytesView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, "written");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Status sync_parent(const std::string& path) {
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

Status rename_synced(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(to, "replaced");
  return sync_parent(to);
}

Status fill(int file, BytesView bytes, const std::string& path) {
  TCPS_TRY(write_all(file, bytes, path));
  if (::fsync(file) != 0) return system_error(path, "synced");
  return sync_parent(path);
}

}  // namespace

Result<Bytes> read_file(const std::string& path, size_t bytes_max) {
  return read_kind(Kind::regular, path, bytes_max);
}
Result<Bytes> read_input(const std::string& path, size_t bytes_max) {
  return read_kind(Kind::any, path, bytes_max);
}
Result<Bytes> read_private_file(const std::string& path, size_t bytes_max) {
  return read_kind(Kind::secret, path, bytes_max);
}

Status replace_file(const std::string& path, BytesView bytes, mode_t mode) {
  FileReplacement file(path, mode);
  TCPS_TRY(file.write(bytes));
  return file.commit();
}

Status copy_file(const std::string& from, const std::string& to) {
  const OpenFile source(from, O_RDONLY);
  if (!source.is_open()) return system_error(from, "opened");
  FileReplacement copy(to);
  Bytes piece(piece_bytes, '\0');
  for (;;) {
    const ssize_t count = ::read(source.number(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(from, "read");
    if (count == 0) return copy.commit();
    TCPS_TRY(copy.write({piece.data(), static_cast<size_t>(count)}));
  }
}

Status create_file(const std::string& path, BytesView bytes, mode_t mode) {
  const OpenFile file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file.is_open() && errno == EEXIST) {
    return fail(ErrorCode::conflict,
                fmt::format("{}: exists and is never replaced: choose another name", path));
  }
  if (!file.is_open()) return system_error(path, "made");
  Status filled = fill(file.number(), bytes, path);
  if (!filled) ::unlink(path.c_str());
  return filled;
}

Status put_in_place(const std::string& written, const std::string& path) {
  const OpenFile file(written, O_RDONLY);
  if (!file.is_open() || ::fsync(file.number()) != 0) return system_error(written, "synced");
  return rename_synced(written, path);
}

Status sync_folder(const std::string& path) {
  const OpenFile folder(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || ::fsync(folder.number()) != 0) return system_error(path, "synced");
  return {};
}

FileReplacement::FileReplacement(std::string path, mode_t mode)
    : path_(std::move(path)), staged_(staged_name(path_)) {
  descriptor_ = ::open(staged_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor_ < 0) state_ = system_error(path_, "written");
}

FileReplacement::~FileReplacement() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(staged_.c_str());  // of no effect once it has its name
}

Status FileReplacement::write(BytesView bytes) {
  if (state_) state_ = write_all(descriptor_, bytes, path_);
  return state_;
}

Status FileReplacement::commit() {
  if (state_ && ::fsync(descriptor_) != 0) state_ = system_error(path_, "synced");
  if (state_) state_ = rename_synced(staged_, path_);
  return state_;
}

}  // namespace tcps
