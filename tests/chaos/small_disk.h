// A file system of its own, small enough to be filled by a test. Where this process may not mount one, there
// is none, and it says why.
#pragma once

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "messages/result.h"

namespace tcps::test {

class SmallDisk {
 public:
  // Below `folder`, which is made. Errors: refused, when this process may not mount.
  static Result<std::unique_ptr<SmallDisk>> at(const std::string& folder, size_t mebibytes) {
    std::filesystem::create_directories(folder);
    const auto options = "mode=0700,size=" + std::to_string(mebibytes) + "m";
    if (mount("tcps-test", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0)
      return std::unique_ptr<SmallDisk>(new SmallDisk(folder));
    return fail(ErrorCode::refused, "a tmpfs cannot be mounted on " + folder + ": " + std::strerror(errno));
  }
  ~SmallDisk() { umount2(folder_.c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Until not a byte more finds room.
  void fill() {
    const int file = open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    TCPS_CHECK(file >= 0);
    for (std::vector<char> block(1u << 20); !block.empty();) {
      const bool written = write(file, block.data(), block.size()) > 0;
      if (!written) block.resize(block.size() / 2);
    }
    close(file);
  }
  void make_room() { std::filesystem::remove(ballast()); }

 private:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {}
  std::string ballast() const { return folder_ + "/ballast"; }

  std::string folder_;
};

}  // namespace tcps::test
