#include "actors/engines/sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "actors/engines/sandbox/posix_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Room : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "work");
    spec_.work_folder = folder_ / "work";
    spec_.deadline = std::chrono::seconds(30);
    auto sandbox = Sandbox::create(runner_);
    ASSERT_TRUE(sandbox.has_value());
    sandbox_.emplace(std::move(*sandbox));
  }

  ProcessResult run(const std::string& script) {
    auto result = sandbox_->run(spec_, {"/bin/sh", "-c", script});
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
    return result.value_or(ProcessResult{});
  }

  PosixProcessRunner runner_;
  std::optional<Sandbox> sandbox_;
  SandboxSpec spec_;
  test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

// Processes of the whole machine whose command line contains `text`.
size_t processes_with(const std::string& text) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc", fs::directory_options::skip_permission_denied)) {
    std::string line;
    std::getline(std::ifstream(entry.path() / "cmdline"),
                 line);  // a process that ends meanwhile has an empty one
    count += line.find(text) != std::string::npos;
  }
  return count;
}

bool gone_soon(const std::string& text) {
  for (int i = 0; i < 200 && processes_with(text) > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return processes_with(text) == 0;
}

TEST_F(Room, IsAvailableOnThisMachine) {
  const auto status = sandbox_->available();
  EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
}

TEST_F(Room, WritesOnlyToWorkAndTmp) {
  std::ofstream(folder_ / "work/in") << "given\n";
  const auto result =
      run("cat in > out; for f in /x /usr/x /etc/x /dev/x /var/x /root/x; do touch $f 2>/dev/null && echo "
          "wrote $f; done; "
          "touch /tmp/t /dev/shm/t && echo scratch");
  EXPECT_EQ(result.output, "scratch\n");
  std::ifstream out(folder_ / "work/out");
  std::string text;
  std::getline(out, text);
  EXPECT_EQ(text, "given");
}

TEST_F(Room, SeesNoHostFilesAndNoHostProcesses) {
  std::ofstream(folder_ / "secret") << "host";
  const auto result =
      run("cat " + (folder_ / "secret").string() +
          " 2>/dev/null; ls /root /home /var 2>/dev/null; ls -d /etc/shadow "
          "/etc/hostname 2>/dev/null; ls /proc | grep -c '^[0-9]'; cat /etc/passwd; hostname");
  EXPECT_THAT(result.output,
              testing::MatchesRegex("[1-6]\nworker:x:65534:65534:worker:/tmp:/bin/sh\ntcps\n"));
}

TEST_F(Room, HasNoNetworkButLoopback) {
  const auto result = run("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | wc -l");
  EXPECT_EQ(result.output, "lo\n1\n");
}

TEST_F(Room, LetsAServerAndItsClientTalkOnLoopback) {
  const auto result =
      run("perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(Listen=>1,LocalAddr=>\"127.0.0.1\") or die; "
          "if(!fork){$c=IO::Socket::INET->new(PeerAddr=>\"127.0.0.1\",PeerPort=>$s->sockport) or die; "
          "print $c \"ping\\n\"; exit} $a=$s->accept; print <$a>; wait'");
  EXPECT_EQ(result.output, "ping\n") << result.error_output;
}

TEST_F(Room, HasExactlyTheNamedEnvironment) {
  setenv("TCPS_LEAK", "1", 1);
  spec_.source_date_epoch = 42;
  spec_.environment = {{"CUSTOM", "yes"}};
  const auto result = sandbox_->run(spec_, {"env"});
  unsetenv("TCPS_LEAK");
  ASSERT_TRUE(result.has_value());
  std::vector<std::string> names;
  std::istringstream lines(result->output);
  for (std::string line; std::getline(lines, line);) names.push_back(line.substr(0, line.find('=')));
  EXPECT_THAT(names, testing::UnorderedElementsAre("PATH", "HOME", "LC_ALL", "TZ", "SOURCE_DATE_EPOCH",
                                                   "CUSTOM", "PWD"));
}

TEST_F(Room, HasNoCapabilitiesAndAnUnprivilegedUser) {
  const auto result =
      run("id -u; grep -E '^Cap(Eff|Prm|Bnd)' /proc/self/status | cut -f2 | sort -u; grep NoNewPrivs "
          "/proc/self/status | cut -f2");
  EXPECT_EQ(result.output, "65534\n0000000000000000\n1\n");
}

TEST_F(Room, EndsAMemoryHog) {
  spec_.limits.address_space_bytes_max = 200u << 20;
  const auto result = run("head -c 1000000000 /dev/zero | tail > /dev/null; echo code $?");
  EXPECT_THAT(result.output, testing::Not(HasSubstr("code 0")));
}

TEST_F(Room, BoundsTmp) {
  spec_.tmp_bytes_max = 1u << 20;
  EXPECT_THAT(run("head -c 5000000 /dev/zero > /tmp/big; stat -c %s /tmp/big").output, "1048576\n");
}

TEST_F(Room, BoundsAForkBombWithoutHurtingItsNeighbour) {
  spec_.limits.processes_max = 30;
  const auto bomb = [this](int index) {
    const auto tag = "8" + std::to_string(getpid()) + std::to_string(index);
    return run("i=0; while [ $i -lt 200 ]; do sleep " + tag + " & i=$((i+1)); done; echo all");
  };
  const auto result = bomb(1);
  EXPECT_THAT(result.output, testing::Not(HasSubstr("all")));
  EXPECT_THAT(result.error_output, HasSubstr("fork"));

  // Two rooms of the same user, each within its own limit at the same time.
  std::vector<ProcessResult> results(2);
  {
    std::vector<std::jthread> threads;
    for (auto& slot : results) {
      threads.emplace_back(
          [this, &slot] { slot = run("for i in $(seq 25); do sleep 0.3 & done; wait; echo fine"); });
    }
  }
  for (const auto& neighbour : results) EXPECT_EQ(neighbour.output, "fine\n") << neighbour.error_output;
}

TEST_F(Room, KillsGrandchildrenThatLeftTheSessionAtTheDeadline) {
  const auto tag = "7" + std::to_string(getpid());
  spec_.deadline = std::chrono::milliseconds(500);
  const auto result =
      run("setsid sleep " + tag + " & (setsid setsid sleep " + tag + " &) ; trap '' TERM; sleep " + tag);
  EXPECT_TRUE(result.timed_out);
  EXPECT_LT(result.wall_ms, 5'000);
  EXPECT_TRUE(gone_soon(tag));
}

TEST_F(Room, LeavesNoProcessWhenItsCommandEnds) {
  const auto tag = "9" + std::to_string(getpid());
  const auto result = run("setsid nohup sleep " + tag + " >/dev/null 2>&1 & echo started");
  EXPECT_EQ(result.output, "started\n");
  EXPECT_TRUE(gone_soon(tag));
}

TEST_F(Room, StopsWhenCancelled) {
  CancelSource source;
  spec_.cancel = source.get_token();
  std::jthread canceller([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    source.request_stop();
  });
  const auto result = run("sleep 100");
  EXPECT_TRUE(result.cancelled);
  EXPECT_LT(result.wall_ms, 5'000);
}

TEST_F(Room, ShowsReadOnlyBindsAndPassesInputAndExitCodes) {
  fs::create_directory(folder_ / "data");
  fs::permissions(folder_, fs::perms(0700));
  std::ofstream(folder_ / "data/file") << "shown";
  spec_.read_only = {{folder_ / "data", "/data"}};
  spec_.standard_input = " and fed";
  const auto result = run("cat /data/file -; touch /data/x 2>/dev/null && echo wrote; exit 9");
  EXPECT_EQ(result.output, "shown and fed");
  EXPECT_EQ(result.exit_code, 9);
}

TEST_F(Room, CanTakeAnUnpackedImageAsItsRoot) {
  // An image of symbolic links into a bound host system: enough to see that "/" is the image's.
  const auto image = folder_ / "image";
  fs::create_directories(image / "app");
  std::ofstream(image / "app/version") << "1.2.3\n";
  fs::create_directory(image / "usr");
  for (const auto* name : {"bin", "lib", "lib64"})
    fs::create_symlink(std::string("host/") + name, image / name);
  spec_.root_folder = image;
  spec_.read_only = {{"/usr", "/host"}};
  const auto result = run("cat /app/version; ls -A /usr; touch /app/x 2>/dev/null || echo read-only");
  EXPECT_EQ(result.output, "1.2.3\nread-only\n") << result.error_output;
}

}  // namespace
}  // namespace tcps
