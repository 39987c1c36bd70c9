// File descriptors: who owns them, and reads, writes and connections that never wait longer than told.
// Errors come back as sentences; a caller's right reaction is to drop the connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/result.h"

namespace transport {

/// Owns a file descriptor; -1 owns none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read_end;
  Fd write_end;
};

using Clock = std::chrono::steady_clock;

inline constexpr std::size_t kChunkBytes =
    4096;  // a pipe that polls as writable takes so much without blocking

/// A write to a closed peer shall be an error, not the end of the process. Call once, early in main.
void ignore_broken_pipes();

Result<Pipe> make_pipe();
/// Listens on an IPv4 address ("127.0.0.1") or "localhost"; port 0 lets the system pick.
Result<Fd> listen_tcp(const std::string& host, std::uint16_t port);
Result<std::uint16_t> port_of(const Fd& socket);
Result<Fd> connect_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);
/// An accepted connection, non-blocking; a closed Fd when none is waiting.
Fd accept_tcp(const Fd& listener);

/// Waits for `events` (POLLIN, POLLOUT); false when `deadline` came first.
bool wait_for(const Fd& fd, short events, Clock::time_point deadline);

enum class Transfer : std::uint8_t { kDone, kWouldBlock, kEnd, kFailed };
/// Appends at most kChunkBytes of what has arrived; kEnd when the peer has closed.
Transfer read_chunk(const Fd& fd, std::string& into);
/// Writes at most kChunkBytes and removes them from the front of `from`.
Transfer write_chunk(const Fd& fd, std::string& from);

}  // namespace transport
