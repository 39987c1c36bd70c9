#include "nodes/signing/socket_signer.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nodes/signing/signer_protocol.h"

namespace tcps::signer {
namespace {

constexpr timeval answer_wait{5, 0};

}  // namespace

Result<std::shared_ptr<SocketSigner>> SocketSigner::connect(const std::string& socket_path) {
  std::shared_ptr<SocketSigner> signer(new SocketSigner(socket_path));
  auto connection = TCPS_TRY(signer->take());
  auto raw = signer->ask(connection, key_request, {});
  signer->give_back(connection);
  if (!raw) return fail(raw.error());
  auto key = PublicKey::from_raw(*raw);
  if (!key) return fail(key.error().at("the key of the signer at " + socket_path));
  signer->public_key_ = std::move(*key);
  return signer;
}

SocketSigner::~SocketSigner() {
  for (const int connection : idle_) close(connection);
}

Result<Bytes> SocketSigner::sign(BytesView message) {
  Result<Bytes> signature = fail(ErrorCode::unavailable, "not asked");
  for (int attempt = 0; attempt < 2;
       ++attempt) {  // a connection that was kept may be that of a signer gone since
    auto connection = TCPS_TRY(take());
    signature = ask(connection, sign_request, message);
    if (signature || signature.error().code == ErrorCode::refused) {
      give_back(connection);
      break;
    }
    close(connection);
    std::lock_guard lock(mutex_);
    for (const int stale : idle_) close(stale);
    idle_.clear();
  }
  if (signature && !public_key_.verify(message, *signature)) {
    return fail(ErrorCode::unavailable,
                "the signer at " + path_ +
                    " has another key than before: start this node again, or that signer with its old key");
  }
  return signature;
}

Result<int> SocketSigner::take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      const int connection = idle_.back();
      idle_.pop_back();
      return connection;
    }
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid, "the socket's path is too long: " + path_);
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (connection < 0)
    return fail(ErrorCode::io, std::string("no socket can be made: ") + std::strerror(errno));
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &answer_wait, sizeof answer_wait);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &answer_wait, sizeof answer_wait);
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return connection;
  const auto reason = std::string(std::strerror(errno));
  close(connection);
  return fail(ErrorCode::unavailable,
              "no signer answers at " + path_ + " (" + reason + "): start tcps-signer there");
}

void SocketSigner::give_back(int connection) {
  std::lock_guard lock(mutex_);
  idle_.push_back(connection);
}

Result<Bytes> SocketSigner::ask(int connection, char request, BytesView message) const {
  Bytes packet(1, request);
  packet.append(message);
  const auto silent = [&] {
    return fail(ErrorCode::unavailable,
                "the signer at " + path_ + " does not answer: start tcps-signer again");
  };
  if (send(connection, packet.data(), packet.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(packet.size()))
    return silent();
  Bytes reply(packet_bytes_max, '\0');
  const ssize_t size = recv(connection, reply.data(), reply.size(), 0);
  if (size <= 0) return silent();
  reply.resize(static_cast<size_t>(size));
  const bool good = reply.front() == good_reply;
  reply.erase(0, 1);
  if (!good) return fail(ErrorCode::refused, "the signer at " + path_ + ": " + reply);
  return reply;
}

}  // namespace tcps::signer
