#include "actors/engines/channels/registry_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "actors/engines/sandbox/posix_process_runner.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

using test::TemporaryFolder;

TEST(RegistryProcess, RunsOnLoopbackUntilStopped) {
  TemporaryFolder folder;
  PosixProcessRunner runner;
  auto one = RegistryProcess::start(runner, folder.at("one"));
  auto two = RegistryProcess::start(runner, folder.at("two"));
  ASSERT_TRUE(one.has_value()) << one.error().message;
  ASSERT_TRUE(two.has_value()) << two.error().message;
  EXPECT_THAT((*one)->address(), testing::StartsWith("127.0.0.1:"));
  EXPECT_NE((*one)->address(), (*two)->address());
  EXPECT_TRUE((*one)->running());
  (*one)->stop();
  (*one)->stop();
  EXPECT_FALSE((*one)->running());
  EXPECT_TRUE((*two)->running());
}

TEST(RegistryProcess, ComesBackAtItsAddressUnlessItIsTaken) {
  TemporaryFolder folder;
  PosixProcessRunner runner;
  auto first = RegistryProcess::start(runner, folder.at("one"));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const auto address = (*first)->address();
  first->reset();
  auto second = RegistryProcess::start(runner, folder.at("one"));
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ((*second)->address(), address);
  std::filesystem::create_directories(folder.at("two"));
  std::filesystem::copy_file(folder.at("one") + "/config.yml", folder.at("two") + "/config.yml");
  auto third = RegistryProcess::start(runner, folder.at("two"));
  ASSERT_TRUE(third.has_value()) << third.error().message;
  EXPECT_NE((*third)->address(), address);
}

TEST(RegistryProcess, SaysWhyItDidNotStart) {
  TemporaryFolder folder;
  ScriptedProcessRunner crashing;
  crashing.on("docker-registry", exited(1, "configuration error"));
  const auto crashed = RegistryProcess::start(crashing, folder.at("a"));
  ASSERT_FALSE(crashed.has_value());
  EXPECT_EQ(crashed.error().code, ErrorCode::unavailable);
  EXPECT_THAT(crashed.error().message, testing::HasSubstr("configuration error"));
  EXPECT_EQ(crashing.commands().size(), 3u);

  ScriptedProcessRunner missing;
  const auto absent = RegistryProcess::start(missing, folder.at("b"));
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_THAT(absent.error().message, testing::HasSubstr("install the package"));
}

}  // namespace
}  // namespace tcps::channels
