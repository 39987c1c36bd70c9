#include "actors/engines/sandbox/hand_over.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

namespace tcps {
namespace {

constexpr size_t entries_max = 1'000'000;
constexpr int depth_max = 128;

class Handover {
 public:
  Handover(std::string root, unsigned id) : root_(std::move(root)), id_(id) {}

  Status run() {
    const int fd = open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return error("cannot open");
    struct stat status;
    if (fstat(fd, &status) != 0 || fchown(fd, id_, id_) != 0) {
      auto failed = error("cannot change the owner of");
      close(fd);
      return failed;
    }
    device_ = status.st_dev;
    return folder(fd, 0);
  }

 private:
  Status error(const std::string& what) const {
    return fail(ErrorCode::io, what + " the work folder '" + root_ + "': " + std::strerror(errno));
  }

  // Takes over `fd`.
  Status folder(int fd, int depth) {
    std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(fd), closedir);
    if (!entries) {
      close(fd);
      return error("cannot read");
    }
    if (depth > depth_max)
      return fail(ErrorCode::refused, "work folder '" + root_ + "' is nested deeper than 128: flatten it");
    while (const dirent* next = readdir(entries.get())) {
      const std::string name = next->d_name;
      if (name == "." || name == "..") continue;
      if (++entries_ > entries_max) {
        return fail(ErrorCode::refused,
                    "work folder '" + root_ + "' has more than a million entries: clean it");
      }
      TCPS_TRY(entry(dirfd(entries.get()), name, depth));
    }
    return {};
  }

  Status entry(int parent, const std::string& name, int depth) {
    struct stat status;
    if (fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return error("cannot look into");
    if (status.st_dev != device_) return {};
    const bool is_folder = S_ISDIR(status.st_mode);
    const bool shared = !is_folder && status.st_nlink > 1;
    if (status.st_uid != id_ && !shared &&
        fchownat(parent, name.c_str(), id_, id_, AT_SYMLINK_NOFOLLOW) != 0) {
      return error("cannot change an owner in");
    }
    if (!is_folder) return {};
    const int fd = openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? error("cannot open a folder of") : folder(fd, depth + 1);
  }

  std::string root_;
  unsigned id_;
  dev_t device_ = 0;
  size_t entries_ = 0;
};

}  // namespace

Status hand_over(const std::string& folder, unsigned user_and_group_id) {
  const auto path = std::filesystem::path(folder).lexically_normal();
  const auto trimmed = path.has_filename() ? path : path.parent_path();
  if (trimmed.parent_path() == trimmed.root_path()) {
    return fail(ErrorCode::refused,
                "'" + folder + "' is a top-level folder: give each work order a folder of its own");
  }
  return Handover(trimmed.string(), user_and_group_id).run();
}

}  // namespace tcps
