#include "nodes/signer/signing_service.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "nodes/signer/signing_rules.h"
#include "nodes/signing/signer_protocol.h"

namespace tcps::signer {
namespace {

constexpr int look_ms = 100;  // how soon a stopping service is noticed

bool wait_readable(int fd, const std::atomic<bool>& stopping) {
  pollfd wait{fd, POLLIN, 0};
  while (!stopping) {
    const int ready = poll(&wait, 1, look_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<SigningService>> SigningService::start(const ServiceOptions& options,
                                                              std::shared_ptr<PrivateKey> key) {
  std::unique_ptr<SigningService> service(new SigningService(options, std::move(key)));
  TCPS_TRY(service->listen());
  service->accepting_ = std::thread([raw = service.get()] { raw->accept_all(); });
  return service;
}

Status SigningService::listen() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& path = options_.socket_path;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::invalid,
                "the socket's path must have 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  const int probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const bool served = connect(probe, name, sizeof address) == 0;
  close(probe);
  if (served)
    return fail(ErrorCode::conflict, "another signer serves " + path + ": stop it, or choose another path");
  struct stat there;
  if (lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode))
      return fail(ErrorCode::conflict, path + " is there and is no socket: choose another path");
    unlink(path.c_str());  // a signer that was killed left it
  }
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const auto mask = umask(0177);
  const bool bound = bind(listener, name, sizeof address) == 0;
  umask(mask);
  const bool open = bound && (!options_.other_user ||
                              chmod(path.c_str(), 0666) == 0);  // who asks is looked at, see may_ask()
  if (!open || ::listen(listener, connections_max) != 0) {
    const auto reason = std::string(std::strerror(errno));
    close(listener);
    return fail(ErrorCode::io, "cannot serve " + path + ": " + reason);
  }
  listener_ = listener;
  return {};
}

SigningService::~SigningService() {
  stopping_ = true;
  if (accepting_.joinable()) accepting_.join();
  while (connections_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (listener_ < 0) return;
  close(listener_);
  unlink(options_.socket_path.c_str());
}

void SigningService::accept_all() {
  while (wait_readable(listener_, stopping_)) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    if (connections_ >= connections_max || !may_ask(connection)) {
      ++refused_;
      close(connection);
      continue;
    }
    ++connections_;
    std::thread([this, connection] {
      serve(connection);
      close(connection);
      --connections_;
    }).detach();
  }
}

bool SigningService::may_ask(int connection) const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == geteuid() || peer.uid == options_.other_user;
}

void SigningService::serve(int connection) {
  Bytes packet(packet_bytes_max, '\0');
  while (wait_readable(connection, stopping_)) {
    const ssize_t size = recv(connection, packet.data(), packet.size(), MSG_TRUNC);
    if (size <= 0 || static_cast<size_t>(size) > packet.size()) return;
    const Bytes reply = answer(BytesView(packet.data(), static_cast<size_t>(size)));
    if (send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(reply.size()))
      return;
  }
}

Bytes SigningService::answer(BytesView request) {
  const auto refuse = [this](const std::string& reason) {
    ++refused_;
    return Bytes(1, bad_reply) + reason;
  };
  if (request.size() == 1 && request.front() == key_request)
    return Bytes(1, good_reply).append(key_->public_key().raw());
  if (request.front() != sign_request) return refuse("the request is not known");
  request.remove_prefix(1);
  if (auto may = may_sign(request); !may) return refuse(may.error().message);
  auto signature = key_->sign(request);
  if (!signature) return refuse(signature.error().message);
  ++signed_;
  return Bytes(1, good_reply).append(*signature);
}

}  // namespace tcps::signer
