// Ed25519 keys of nodes and people, and their files. A private key file is PKCS #8 PEM with mode 0600; one
// that others can read is refused. A key id is the digest of the 32 raw public key bytes.
#pragma once

#include <memory>
#include <string>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps {

class PublicKey {
 public:
  PublicKey() = default;
  static Result<PublicKey> from_raw(BytesView raw32);           // Errors: invalid
  static Result<PublicKey> from_base64(std::string_view text);  // Errors: invalid

  BytesView raw() const { return raw_; }
  std::string base64() const;
  Digest id() const;
  // True exactly when `signature` (64 bytes) is this key's over `message`. Thread-safe.
  bool verify(BytesView message, BytesView signature) const;
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.raw_ == b.raw_; }

 private:
  Bytes raw_;
  std::shared_ptr<void> handle_;  // EVP_PKEY, parsed once
};

// Signs; the private key may be in this process or behind a socket.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual const PublicKey& public_key() const = 0;
  virtual Result<Bytes> sign(BytesView message) = 0;  // 64 bytes. Thread-safe. Errors: unavailable
};

class PrivateKey final : public Signer {
 public:
  static PrivateKey generate();
  // Errors: not_found, refused (readable by others), invalid, io.
  static Result<std::shared_ptr<PrivateKey>> load(const std::string& path);
  // Creates the file with mode 0600, never replacing one. Errors: conflict, full, io.
  Status save(const std::string& path) const;

  const PublicKey& public_key() const override { return public_key_; }
  Result<Bytes> sign(BytesView message) override;

 private:
  PrivateKey() = default;
  PublicKey public_key_;
  std::shared_ptr<void> handle_;
};

}  // namespace tcps
