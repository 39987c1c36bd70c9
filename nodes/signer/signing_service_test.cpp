// A signer on a real socket and the node's end of it.
#include "nodes/signer/signing_service.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "messages/dsse.h"
#include "messages/line_message.h"
#include "nodes/signing/socket_signer.h"
#include "tests/support/temporary_folder.h"

namespace tcps::signer {
namespace {

struct Signing : ::testing::Test {
  Signing() {
    options.socket_path = folder + "/signer.sock";
    start();
  }
  void start() {
    service.reset();
    auto started = SigningService::start(options, key);
    ASSERT_TRUE(started) << started.error().message;
    service = std::move(*started);
  }
  std::string message = pre_authentication_encoding(in_toto_payload_type, "{\"a\":1}");
  test::TemporaryFolder temporary;
  const std::string folder = temporary.path();
  ServiceOptions options;
  std::shared_ptr<PrivateKey> key = std::make_shared<PrivateKey>(PrivateKey::generate());
  std::unique_ptr<SigningService> service;
};

TEST_F(Signing, GivesTheSignaturesOfItsKeyToManyAtOnce) {
  auto signer = SocketSigner::connect(options.socket_path);
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), key->public_key());
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        auto signature = (*signer)->sign(message);
        if (signature && key->public_key().verify(message, *signature)) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 160);
  EXPECT_EQ(service->signed_count(), 160u);
}

TEST_F(Signing, RefusesWhatItsKeyIsNotFor) {
  auto signer = SocketSigner::connect(options.socket_path);
  ASSERT_TRUE(signer);
  auto refused = (*signer)->sign("ssh-connection");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_EQ(service->refused_count(), 1u);
  EXPECT_TRUE((*signer)->sign(message));
}

TEST_F(Signing, IsFoundAgainAfterARestartAndMissedMeanwhile) {
  auto signer = SocketSigner::connect(options.socket_path);
  ASSERT_TRUE((*signer)->sign(message));
  service.reset();
  EXPECT_FALSE(std::filesystem::exists(options.socket_path));
  auto missed = (*signer)->sign(message);
  ASSERT_FALSE(missed);
  EXPECT_EQ(missed.error().code, ErrorCode::unavailable);
  start();
  EXPECT_TRUE((*signer)->sign(message));
}

TEST_F(Signing, IsNotTakenForAnotherKeysSigner) {
  auto signer = SocketSigner::connect(options.socket_path);
  key = std::make_shared<PrivateKey>(PrivateKey::generate());
  start();
  auto other = (*signer)->sign(message);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::unavailable);
  EXPECT_NE(other.error().message.find("another key"), std::string::npos);
}

TEST_F(Signing, LetsOnlyItsOwnUserIn) {
  struct stat status;
  ASSERT_EQ(stat(options.socket_path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Signing, DoesNotTakeOverAServedSocketButAnAbandonedOne) {
  auto second = SigningService::start(options, key);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  service.reset();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  options.socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int abandoned = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  ASSERT_EQ(bind(abandoned, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(abandoned);
  EXPECT_TRUE(SigningService::start(options, key));
}

TEST_F(Signing, RemovesNoFileThatIsNoSocket) {
  service.reset();
  std::ofstream(options.socket_path) << "precious";
  auto started = SigningService::start(options, key);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::conflict);
  EXPECT_EQ(std::filesystem::file_size(options.socket_path), 8u);
}

TEST(SocketSigner, SaysWhatIsMissing) {
  auto signer = SocketSigner::connect("/nonexistent/signer.sock");
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().code, ErrorCode::unavailable);
  EXPECT_NE(signer.error().message.find("start tcps-signer there"), std::string::npos);
}

}  // namespace
}  // namespace tcps::signer
