// One forked child and its descriptors: the part of the posix process runner that must be async-signal-safe.
#pragma once

#include <sys/types.h>

#include <utility>

#include "actors/engines/sandbox/process_runner.h"

namespace tcps {

// A descriptor that closes itself.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_;
};

// Started: leader of its own session. The caller must reap `pid` exactly once.
struct ChildProcess {
  pid_t pid = -1;
  FileDescriptor exited;        // a pidfd: readable when the child has ended
  FileDescriptor output;        // read end of standard output
  FileDescriptor error_output;  // not open when merged
};

// Errors: invalid, not_found, io (see ProcessRunner::run).
Result<ChildProcess> start_child(const ProcessSpec& spec);

}  // namespace tcps
