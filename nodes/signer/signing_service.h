// Signs what may be signed for whoever may ask, on a Unix socket: the one place where a node's private key
// has to be.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "messages/keys.h"

namespace tcps::signer {

struct ServiceOptions {
  std::string socket_path;
  std::optional<uid_t> other_user;  // may ask too, beside the user who runs the service
};

class SigningService {
 public:
  static constexpr int connections_max = 64;

  // Listens when this has returned. A socket that nobody serves is replaced. Errors: conflict (another signer
  // serves it, or a file of another kind is there), io, invalid.
  static Result<std::unique_ptr<SigningService>> start(const ServiceOptions& options,
                                                       std::shared_ptr<PrivateKey> key);
  ~SigningService();  // ends all connections and removes the socket

  uint64_t signed_count() const { return signed_; }
  uint64_t refused_count() const { return refused_; }

 private:
  SigningService(ServiceOptions options, std::shared_ptr<PrivateKey> key)
      : options_(std::move(options)), key_(std::move(key)) {}
  Status listen();
  void accept_all();
  bool may_ask(int connection) const;
  void serve(int connection);
  Bytes answer(BytesView request);

  const ServiceOptions options_;
  const std::shared_ptr<PrivateKey> key_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<uint64_t> signed_ = 0;
  std::atomic<uint64_t> refused_ = 0;
  std::thread accepting_;
};

}  // namespace tcps::signer
