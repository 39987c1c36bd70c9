#include "messages/keys.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "messages/files.h"

namespace tcps {
namespace {

constexpr size_t raw_key_size = 32;
constexpr size_t signature_size = 64;
constexpr size_t key_file_bytes_max = 16 * 1024;

const unsigned char* octets(BytesView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::shared_ptr<void> own(EVP_PKEY* key) {
  return {key, [](void* handle) { EVP_PKEY_free(static_cast<EVP_PKEY*>(handle)); }};
}

struct Deleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter>;
using MemoryBio = std::unique_ptr<BIO, Deleter>;

PublicKey public_half(EVP_PKEY* key) {
  unsigned char raw[raw_key_size];
  size_t size = sizeof raw;
  TCPS_CHECK(EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 && size == raw_key_size);
  return *PublicKey::from_raw({reinterpret_cast<const char*>(raw), raw_key_size});
}

// A secret's bytes, wiped when they are no longer needed.
struct Secret {
  Bytes bytes;
  explicit Secret(Bytes&& taken) : bytes(std::move(taken)) {}
  Secret(Secret&&) = default;
  Secret& operator=(Secret&&) = delete;
  ~Secret() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

Result<Secret> read_key_file(const std::string& path) {
  auto bytes = read_private_file(path, key_file_bytes_max);
  if (bytes) return Secret{std::move(*bytes)};
  Error error = bytes.error().at("key file");
  if (error.code == ErrorCode::full) error.code = ErrorCode::invalid;  // no key is that long
  return fail(std::move(error));
}

// Without this OpenSSL would ask for the passphrase of an encrypted file on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<PublicKey> PublicKey::from_raw(BytesView raw32) {
  if (raw32.size() != raw_key_size) {
    return fail(ErrorCode::invalid, fmt::format("an Ed25519 public key has 32 bytes, not {}", raw32.size()));
  }
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw32), raw32.size());
  if (key == nullptr) return fail(ErrorCode::invalid, "the bytes are not an Ed25519 public key");
  PublicKey result;
  result.raw_ = Bytes(raw32);
  result.handle_ = own(key);
  return result;
}

Result<PublicKey> PublicKey::from_base64(std::string_view text) {
  auto raw = tcps::from_base64(text);
  if (!raw) return fail(raw.error().at("public key"));
  return from_raw(*raw);
}

std::string PublicKey::base64() const { return to_base64(raw_); }
Digest PublicKey::id() const { return Digest::of(raw_); }

bool PublicKey::verify(BytesView message, BytesView signature) const {
  if (handle_ == nullptr || signature.size() != signature_size) return false;
  const DigestContext context(EVP_MD_CTX_new());
  TCPS_CHECK(context != nullptr);
  auto* key = static_cast<EVP_PKEY*>(handle_.get());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                          message.size()) == 1;
}

PrivateKey PrivateKey::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  TCPS_CHECK(key != nullptr);
  PrivateKey result;
  result.handle_ = own(key);
  result.public_key_ = public_half(key);
  return result;
}

Result<std::shared_ptr<PrivateKey>> PrivateKey::load(const std::string& path) {
  auto pem = TCPS_TRY(read_key_file(path));
  const MemoryBio bio(BIO_new_mem_buf(pem.bytes.data(), static_cast<int>(pem.bytes.size())));
  TCPS_CHECK(bio != nullptr);
  std::shared_ptr<void> handle = own(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  auto* key = static_cast<EVP_PKEY*>(handle.get());
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
    return fail(ErrorCode::invalid,
                fmt::format("key file '{}' holds no unencrypted Ed25519 private key in PKCS #8 PEM", path));
  }
  std::shared_ptr<PrivateKey> result(new PrivateKey);
  result->handle_ = std::move(handle);
  result->public_key_ = public_half(key);
  return result;
}

Status PrivateKey::save(const std::string& path) const {
  const MemoryBio bio(BIO_new(BIO_s_secmem()));
  TCPS_CHECK(bio != nullptr);
  auto* key = static_cast<EVP_PKEY*>(handle_.get());
  TCPS_CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);

  auto saved = create_file(path, {text, static_cast<size_t>(size)}, mode_of_secrets);
  if (!saved) return fail(saved.error().at("key file"));
  return saved;
}

Result<Bytes> PrivateKey::sign(BytesView message) {
  const DigestContext context(EVP_MD_CTX_new());
  TCPS_CHECK(context != nullptr);
  Bytes signature(signature_size, '\0');
  size_t size = signature.size();
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  const bool done = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                                       static_cast<EVP_PKEY*>(handle_.get())) == 1 &&
                    EVP_DigestSign(context.get(), out, &size, octets(message), message.size()) == 1;
  TCPS_CHECK(done && size == signature_size);
  return signature;
}

}  // namespace tcps
