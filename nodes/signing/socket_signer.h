// A Signer whose private key is in another process, tcps-signer, behind a Unix socket. A connection is taken
// for each signature under way and kept for the next one; a signer that was started again is found again.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "messages/keys.h"

namespace tcps::signer {

class SocketSigner final : public Signer {
 public:
  // Asks for the public key. Errors: unavailable (nobody answers there), invalid (what answers is no signer).
  static Result<std::shared_ptr<SocketSigner>> connect(const std::string& socket_path);
  ~SocketSigner() override;

  const PublicKey& public_key() const override { return public_key_; }
  // Errors: unavailable, also when the key behind the socket is another one by now; refused.
  Result<Bytes> sign(BytesView message) override;

 private:
  explicit SocketSigner(std::string path) : path_(std::move(path)) {}
  Result<int> take();
  void give_back(int connection);
  Result<Bytes> ask(int connection, char request, BytesView message) const;

  const std::string path_;
  PublicKey public_key_;
  std::mutex mutex_;
  std::vector<int> idle_;
};

}  // namespace tcps::signer
