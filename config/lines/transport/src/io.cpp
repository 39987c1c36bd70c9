#include "src/io.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace transport {
namespace {

constexpr int kBacklog = 16;

std::string reason() { return std::strerror(errno); }

Result<sockaddr_in> address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  if (inet_pton(AF_INET, numeric.c_str(), &address.sin_addr) != 1) {
    return Error{"The host " + host + " is not an IPv4 address: write one such as 127.0.0.1"};
  }
  return address;
}

void send_at_once(const Fd& socket) {
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() { return std::exchange(fd_, -1); }

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Error{"No pipe: " + reason()};
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> listen_tcp(const std::string& host, std::uint16_t port) {
  const auto address = address_of(host, port);
  if (!address.ok()) return Error{address.error()};
  Fd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!socket_fd.is_open() || setsockopt(socket_fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address.value()), sizeof(sockaddr_in)) != 0 ||
      listen(socket_fd.get(), kBacklog) != 0) {
    return Error{"Cannot listen on " + host + ":" + std::to_string(port) + ": " + reason()};
  }
  return socket_fd;
}

Result<std::uint16_t> port_of(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Error{"The socket has no port: " + reason()};
  }
  return ntohs(address.sin_port);
}

Result<Fd> connect_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  const auto address = address_of(host, port);
  if (!address.ok()) return Error{address.error()};
  const std::string place = host + ":" + std::to_string(port);
  Fd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* peer = reinterpret_cast<const sockaddr*>(&address.value());
  if (connect(socket_fd.get(), peer, sizeof(sockaddr_in)) != 0 && errno != EINPROGRESS) {
    return Error{"Cannot connect to " + place + ": " + reason()};
  }
  if (!wait_for(socket_fd, POLLOUT, Clock::now() + timeout)) {
    return Error{"No connection to " + place + " within " + std::to_string(timeout.count()) + " ms"};
  }
  int code = 0;
  socklen_t size = sizeof code;
  getsockopt(socket_fd.get(), SOL_SOCKET, SO_ERROR, &code, &size);
  if (code != 0) return Error{"Cannot connect to " + place + ": " + std::strerror(code)};
  send_at_once(socket_fd);
  return socket_fd;
}

Fd accept_tcp(const Fd& listener) {
  Fd peer(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (peer.is_open()) send_at_once(peer);
  return peer;
}

bool wait_for(const Fd& fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{fd.get(), events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::clamp<long>(left, 0, 3'600'000)));
    if (ready > 0) return true;
    if (ready == 0 && left <= 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Transfer read_chunk(const Fd& fd, std::string& into) {
  char chunk[kChunkBytes];
  const ssize_t count = read(fd.get(), chunk, sizeof chunk);
  if (count > 0) into.append(chunk, static_cast<std::size_t>(count));
  if (count >= 0) return count == 0 ? Transfer::kEnd : Transfer::kDone;
  return errno == EAGAIN || errno == EINTR ? Transfer::kWouldBlock : Transfer::kFailed;
}

Transfer write_chunk(const Fd& fd, std::string& from) {
  const ssize_t count = write(fd.get(), from.data(), std::min(from.size(), kChunkBytes));
  if (count >= 0) {
    from.erase(0, static_cast<std::size_t>(count));
    return Transfer::kDone;
  }
  return errno == EAGAIN || errno == EINTR ? Transfer::kWouldBlock : Transfer::kFailed;
}

}  // namespace transport
