#include "messages/keys.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace tcps {
namespace {

namespace fs = std::filesystem;

class KeyFile : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    EXPECT_EQ(::chmod(path(name).c_str(), mode), 0);
    return path(name);
  }

  test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

// RFC 8032, section 7.1, test 3.
TEST(PublicKey, VerifiesTheVectorOfItsRfc) {
  const auto key =
      PublicKey::from_raw(*from_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"));
  ASSERT_TRUE(key.has_value());
  const Bytes signature = *from_hex(
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(key->verify("\xaf\x82", signature));
  EXPECT_FALSE(key->verify("\xaf\x83", signature));
}

TEST(PublicKey, ReadsBackItsBase64AndIsNamedByItsBytes) {
  const PublicKey key = PrivateKey::generate().public_key();
  EXPECT_EQ(PublicKey::from_base64(key.base64()), key);
  EXPECT_EQ(key.id(), Digest::of(key.raw()));
}

TEST(PublicKey, RefusesBytesOfAnotherLength) {
  for (size_t size : {0u, 31u, 33u, 64u})
    EXPECT_FALSE(PublicKey::from_raw(Bytes(size, 'k')).has_value()) << size;
  EXPECT_FALSE(PublicKey::from_base64("not base64!").has_value());
}

TEST(PublicKey, VerifiesNothingWhenThereIsNoKey) {
  EXPECT_FALSE(PublicKey().verify("message", Bytes(64, '\0')));
}

TEST(PrivateKey, SignsWhatItsPublicKeyVerifies) {
  PrivateKey key = PrivateKey::generate();
  const Bytes signature = *key.sign("message");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(key.public_key().verify("message", signature));
  EXPECT_FALSE(key.public_key().verify("massage", signature));
  EXPECT_FALSE(PrivateKey::generate().public_key().verify("message", signature));
  EXPECT_FALSE(key.public_key().verify("message", signature.substr(1)));
  EXPECT_FALSE(key.public_key().verify("message", signature + "x"));
  for (size_t i = 0; i < signature.size(); ++i) {
    Bytes changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(key.public_key().verify("message", changed)) << i;
  }
}

TEST(PrivateKey, CanBeUsedFromManyThreads) {
  PrivateKey key = PrivateKey::generate();
  std::vector<int> verified(4);
  std::vector<std::thread> threads;
  for (int& count : verified) {
    threads.emplace_back([&key, &count] {
      for (int i = 0; i < 20; ++i)
        count += key.public_key().verify(std::to_string(i), *key.sign(std::to_string(i)));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(verified, std::vector<int>(4, 20));
}

TEST_F(KeyFile, HoldsTheKeyAndIsForItsOwnerOnly) {
  PrivateKey key = PrivateKey::generate();
  ASSERT_TRUE(key.save(path("node.pem")).has_value());
  struct stat status {};
  ASSERT_EQ(::stat(path("node.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  const auto loaded = PrivateKey::load(path("node.pem"));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ((*loaded)->public_key(), key.public_key());
  EXPECT_EQ(*(*loaded)->sign("message"), *key.sign("message"));
}

TEST_F(KeyFile, IsNeverReplaced) {
  write("node.pem", "precious");
  const auto saved = PrivateKey::generate().save(path("node.pem"));
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().code, ErrorCode::conflict);
  std::string kept;
  std::ifstream(path("node.pem")) >> kept;
  EXPECT_EQ(kept, "precious");
}

TEST_F(KeyFile, IsNotFollowedThroughADanglingLink) {
  fs::create_symlink(path("elsewhere"), path("node.pem"));
  EXPECT_EQ(PrivateKey::generate().save(path("node.pem")).error().code, ErrorCode::conflict);
  EXPECT_FALSE(fs::exists(path("elsewhere")));
}

TEST_F(KeyFile, IsRefusedWhenOthersMayReadIt) {
  ASSERT_TRUE(PrivateKey::generate().save(path("node.pem")).has_value());
  for (mode_t mode : {0640u, 0604u, 0620u, 0666u}) {
    ASSERT_EQ(::chmod(path("node.pem").c_str(), mode), 0);
    const auto loaded = PrivateKey::load(path("node.pem"));
    ASSERT_FALSE(loaded.has_value()) << mode;
    EXPECT_EQ(loaded.error().code, ErrorCode::refused);
    EXPECT_NE(loaded.error().message.find("chmod 600"), std::string::npos);
  }
}

TEST_F(KeyFile, IsNotFoundOrInvalidWithTheRightCode) {
  EXPECT_EQ(PrivateKey::load(path("missing.pem")).error().code, ErrorCode::not_found);
  EXPECT_EQ(PrivateKey::load(write("garbage.pem", "not a key")).error().code, ErrorCode::invalid);
  EXPECT_EQ(PrivateKey::load(write("empty.pem", "")).error().code, ErrorCode::invalid);
  EXPECT_EQ(PrivateKey::load(write("large.pem", std::string(1 << 20, 'x'))).error().code, ErrorCode::invalid);
  EXPECT_EQ(PrivateKey::load(folder_).error().code, ErrorCode::invalid);
  EXPECT_EQ(PrivateKey::generate().save(path("no/such/folder.pem")).error().code, ErrorCode::io);
}

void write_pem(const std::string& path, EVP_PKEY* key, const EVP_CIPHER* cipher) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(PEM_write_PKCS8PrivateKey(file, key, cipher, cipher ? "secret" : nullptr, cipher ? 6 : 0, nullptr,
                                      nullptr),
            1);
  std::fclose(file);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
}

TEST_F(KeyFile, IsRefusedWhenItHoldsAnotherKindOfKey) {
  EVP_PKEY* other = EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
  write_pem(path("x25519.pem"), other, nullptr);
  EVP_PKEY_free(other);
  EXPECT_EQ(PrivateKey::load(path("x25519.pem")).error().code, ErrorCode::invalid);
}

TEST_F(KeyFile, IsRefusedWithoutAPromptWhenItIsEncrypted) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  write_pem(path("encrypted.pem"), key, EVP_aes_256_cbc());
  EVP_PKEY_free(key);
  EXPECT_EQ(PrivateKey::load(path("encrypted.pem")).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps
