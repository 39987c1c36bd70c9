#include "actors/ledger/tlog/outside_checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tcps::ledger {
namespace {

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> system_error(const std::string& path) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  return fail(is_full ? ErrorCode::full : ErrorCode::io,
              fmt::format("{}: {}: {}", path, std::strerror(errno),
                          is_full ? "make room on the disk, then start again" : "look at the disk"));
}

Status write_synced(const std::string& path, BytesView bytes) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) return system_error(path);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(file.number()) != 0) return system_error(path);
  return {};
}

Result<std::optional<tlog::SignedCheckpoint>> read_note_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  if (!file.is_open()) return system_error(path);
  Bytes bytes(tlog::note_bytes_max + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  auto checkpoint = tlog::SignedCheckpoint::parse(bytes);
  if (!checkpoint) {
    return fail(ErrorCode::corrupt, fmt::format("{}: {}: bring the file back from a peer or a backup", path,
                                                checkpoint.error().message));
  }
  return std::optional(std::move(*checkpoint));
}

Status write_note_file(const std::string& data_folder, const std::string& path, const tlog::Note& note) {
  const std::string temporary = path + ".new";
  TCPS_TRY(write_synced(temporary, note.encode()));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error(path);
  const Descriptor folder(data_folder, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || ::fsync(folder.number()) != 0) return system_error(data_folder);
  return {};
}

}  // namespace

std::string outside_checkpoint_path(const std::string& data_folder) { return data_folder + "/checkpoint"; }
std::string last_word_path(const std::string& data_folder) { return data_folder + "/signed"; }

Result<std::optional<tlog::SignedCheckpoint>> read_outside_checkpoint(const std::string& data_folder) {
  return read_note_file(outside_checkpoint_path(data_folder));
}
Status write_outside_checkpoint(const std::string& data_folder, const tlog::SignedCheckpoint& checkpoint) {
  return write_note_file(data_folder, outside_checkpoint_path(data_folder), checkpoint.note);
}

Result<std::optional<tlog::SignedCheckpoint>> read_last_word(const std::string& data_folder) {
  return read_note_file(last_word_path(data_folder));
}
Status write_last_word(const std::string& data_folder, const tlog::SignedCheckpoint& word) {
  return write_note_file(data_folder, last_word_path(data_folder), word.note);
}

}  // namespace tcps::ledger
