#include "bus/nats/nats_server.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "bus/nats/nats_bus.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bus {
namespace {

using namespace std::chrono_literals;

class NatsServer : public ::testing::Test {
 protected:
  NatsServer() {
    options_.store_folder = folder_.path();
    options_.candidates = {test::programs_folder() + "/nats-server/nats-server"};
  }

  static bool gone(pid_t pid) {
    for (int i = 0; i < 200 && kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(10ms);
    return kill(pid, 0) != 0;
  }

  test::TemporaryFolder folder_;
  NatsServerOptions options_;
};

TEST_F(NatsServer, StartsAnswersAndStops) {
  auto server = NatsServerProcess::start(options_);
  ASSERT_TRUE(server) << server.error().message;
  const pid_t pid = (*server)->pid();
  EXPECT_GT(pid, 0);
  EXPECT_TRUE((*server)->running());
  EXPECT_EQ(getpgid(pid), pid);
  NatsOptions client;
  client.url = (*server)->url();
  EXPECT_TRUE(connect_nats(client));
  (*server)->stop();
  EXPECT_FALSE((*server)->running());
  EXPECT_EQ((*server)->pid(), 0);
  EXPECT_TRUE(gone(pid));
  auto refused = connect_nats(client);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

TEST_F(NatsServer, AfterAKillItStartsAgainOnItsPortWithItsStreams) {
  auto server = NatsServerProcess::start(options_);
  ASSERT_TRUE(server) << server.error().message;
  const auto port = (*server)->port();
  NatsOptions client;
  client.url = (*server)->url();
  StreamConfig stream;
  stream.name = "KEPT";
  stream.subjects = {"kept.>"};
  ASSERT_TRUE((*connect_nats(client))->ensure_stream(stream));
  (*server)->kill_hard();
  EXPECT_FALSE((*server)->running());
  auto again = (*server)->start_again();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*server)->port(), port);
  EXPECT_TRUE((*connect_nats(client))->stream_info("KEPT"));
}

TEST_F(NatsServer, OutlivesTheThreadThatStartedIt) {
  Result<std::unique_ptr<NatsServerProcess>> server;
  std::thread([&] { server = NatsServerProcess::start(options_); }).join();
  ASSERT_TRUE(server) << server.error().message;
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE((*server)->running());
}

// Not a test: the process that DiesWithAProcessThatIsKilled starts and kills.
TEST_F(NatsServer, DISABLED_OwnerOfAServer) {
  options_.store_folder = std::getenv("TCPS_OWNED_STORE");
  auto server = NatsServerProcess::start(options_);
  ASSERT_TRUE(server) << server.error().message;
  std::ofstream(options_.store_folder + "/pid.part") << (*server)->pid();
  std::filesystem::rename(options_.store_folder + "/pid.part", options_.store_folder + "/pid");
  pause();
}

TEST_F(NatsServer, DiesWithAProcessThatIsKilled) {
  setenv("TCPS_OWNED_STORE", folder_.path().c_str(), 1);
  const pid_t owner = fork();
  if (owner == 0) {
    execl("/proc/self/exe", "owner", "--gtest_also_run_disabled_tests",
          "--gtest_filter=*DISABLED_OwnerOfAServer", nullptr);
    _exit(127);
  }
  pid_t pid = 0;
  for (int i = 0; i < 500 && pid == 0; ++i) {
    std::this_thread::sleep_for(10ms);
    std::ifstream(folder_.at("pid")) >> pid;
  }
  EXPECT_GT(pid, 0);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  ASSERT_GT(pid, 0);
  // Its zombie may stay until init takes it, so look at what it runs rather than whether the pid is known.
  const auto dead = [&] {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(status, line))
      if (line.rfind("State:", 0) == 0) return line.find('Z') != std::string::npos;
    return true;
  };
  for (int i = 0; i < 200 && !dead(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(dead());
}

TEST_F(NatsServer, ABinaryThatIsMissingOrTooOldIsRefusedWithTheRemedy) {
  const auto old = folder_.at("old-server");
  std::ofstream(old) << "#!/bin/sh\necho 'nats-server: v2.9.10'\n";
  std::filesystem::permissions(old, std::filesystem::perms::owner_all);
  for (const auto& binary : {old, folder_.at("missing")}) {
    options_.binary = binary;
    auto server = NatsServerProcess::start(options_);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, ErrorCode::not_found);
    EXPECT_NE(server.error().message.find(binary), std::string::npos) << server.error().message;
    EXPECT_NE(server.error().message.find("TCPS_NATS_SERVER"), std::string::npos);
  }
}

TEST_F(NatsServer, AServerThatCannotStartSaysWhereToLook) {
  auto first = NatsServerProcess::start(options_);
  ASSERT_TRUE(first) << first.error().message;
  auto second_options = options_;
  second_options.port = (*first)->port();
  second_options.store_folder = folder_.at("second");
  second_options.server_name = "second";
  auto second = NatsServerProcess::start(second_options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_NE(second.error().message.find("nats.log"), std::string::npos) << second.error().message;
}

}  // namespace
}  // namespace tcps::bus
