#include "actors/engines/sandbox/posix_process_runner.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace tcps {
namespace {

using std::chrono::milliseconds;

ProcessSpec shell(const std::string& script) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", script};
  spec.environment = minimal_environment();
  spec.deadline = milliseconds(20'000);
  spec.kill_grace = milliseconds(100);
  return spec;
}

ProcessResult run(const ProcessSpec& spec) {
  PosixProcessRunner runner;
  auto result = runner.run(spec);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result.value_or(ProcessResult{});
}

// A killed orphan stays a zombie until init reaps it.
bool alive(pid_t pid) {
  std::string stat;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), stat);
  return !stat.empty() && stat.find(") Z") == std::string::npos;
}

bool gone_soon(pid_t pid) {
  for (int i = 0; i < 200 && alive(pid); ++i) std::this_thread::sleep_for(milliseconds(10));
  return !alive(pid);
}

TEST(PosixProcessRunner, ReportsExitCodesAndBothStreams) {
  const auto result = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(describe_end(result), "exit code 3");
  EXPECT_GT(result.resident_bytes_max, 0u);
}

TEST(PosixProcessRunner, MergesStreamsInOrderWhenAsked) {
  auto spec = shell("echo 1; echo 2 >&2; echo 3");
  spec.merge_output = true;
  EXPECT_EQ(run(spec).output, "1\n2\n3\n");
}

TEST(PosixProcessRunner, ReportsTheSignalThatEndedTheChild) {
  const auto result = run(shell("kill -9 $$"));
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(describe_end(result), "signal 9");
}

TEST(PosixProcessRunner, GivesTheChildExactlyTheNamedEnvironment) {
  setenv("TCPS_LEAK", "1", 1);
  ProcessSpec spec;
  spec.argv = {"/usr/bin/env"};
  spec.environment = {{"A", "1"}, {"B", "two words"}};
  EXPECT_EQ(run(spec).output, "A=1\nB=two words\n");
  unsetenv("TCPS_LEAK");
}

TEST(PosixProcessRunner, PassesStandardInputOfAnySizeEvenWhenItIsNotRead) {
  auto spec = shell("wc -c");
  spec.standard_input = Bytes(3'000'000, 'x');
  EXPECT_EQ(run(spec).output, "3000000\n");
  spec.argv.back() = "exit 0";
  EXPECT_TRUE(run(spec).ok());
  spec.argv.back() = "cat";
  spec.standard_input.clear();
  EXPECT_EQ(run(spec).output, "");
}

TEST(PosixProcessRunner, KeepsTheTailOfLongOutput) {
  auto spec = shell("seq 100000; echo end");
  spec.output_bytes_max = 100;
  const auto result = run(spec);
  EXPECT_EQ(result.output.size(), 100u);
  EXPECT_TRUE(result.output_truncated);
  EXPECT_TRUE(result.output.ends_with("99999\n100000\nend\n"));
  EXPECT_FALSE(result.error_output_truncated);
}

TEST(PosixProcessRunner, HandsOverLinesAsTheyCome) {
  std::vector<std::string> lines;
  auto spec =
      shell("echo a; printf 'b'; sleep 0.05; printf 'c\\nlast'; head -c 10000 /dev/zero | tr '\\0' x >&2");
  spec.on_line = [&lines](std::string_view line) { lines.emplace_back(line); };
  run(spec);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "a");
  EXPECT_EQ(lines[1], "bc");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "last"), 1);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.size() == 8192; }),
            1);
}

TEST(PosixProcessRunner, KillsTheWholeGroupAtTheDeadline) {
  auto spec = shell("trap '' TERM; (trap '' TERM; sleep 100) & echo $!; wait");
  spec.deadline = milliseconds(200);
  const auto result = run(spec);
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_GE(result.wall_ms, 300);  // deadline and grace
  EXPECT_LT(result.wall_ms, 5'000);
  EXPECT_TRUE(gone_soon(std::stoi(result.output)));
}

TEST(PosixProcessRunner, LetsAChildEndItselfOnSigterm) {
  auto spec = shell("trap 'echo bye; exit 7' TERM; while :; do sleep 0.01; done");
  spec.deadline = milliseconds(200);
  spec.kill_grace = milliseconds(5'000);
  const auto result = run(spec);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.output, "bye\n");
  EXPECT_LT(result.wall_ms, 3'000);
}

TEST(PosixProcessRunner, KillsWhatTheChildLeavesBehind) {
  const auto result = run(shell("sleep 100 & echo $!"));
  EXPECT_TRUE(result.ok());
  EXPECT_LT(result.wall_ms, 5'000);
  EXPECT_TRUE(gone_soon(std::stoi(result.output)));
}

TEST(PosixProcessRunner, StopsWhenCancelledFromAnotherThread) {
  CancelSource source;
  auto spec = shell("sleep 100");
  spec.cancel = source.get_token();
  std::jthread canceller([&source] {
    std::this_thread::sleep_for(milliseconds(100));
    source.request_stop();
  });
  const auto result = run(spec);
  EXPECT_TRUE(result.cancelled);
  EXPECT_FALSE(result.timed_out);
  EXPECT_LT(result.wall_ms, 5'000);
}

TEST(PosixProcessRunner, DoesNotStartWhatIsAlreadyCancelled) {
  CancelSource source;
  source.request_stop();
  auto spec = shell("echo ran");
  spec.cancel = source.get_token();
  const auto result = run(spec);
  EXPECT_TRUE(result.cancelled);
  EXPECT_EQ(result.output, "");
}

TEST(PosixProcessRunner, AppliesLimits) {
  auto spec = shell("ulimit -n; ulimit -v; ulimit -c; ulimit -t");
  spec.limits.open_files_max = 33;
  spec.limits.address_space_bytes_max = 512u << 20;
  spec.limits.cpu_seconds_max = 5;
  EXPECT_EQ(run(spec).output, "33\n524288\n0\n5\n");

  auto writer =
      shell("head -c 100000 /dev/zero > /tmp/tcps-limit-$$; code=$?; rm -f /tmp/tcps-limit-$$; exit $code");
  writer.limits.file_bytes_max = 1000;
  EXPECT_NE(run(writer).exit_code, 0);
}

TEST(PosixProcessRunner, EndsACpuHogAtItsCpuLimit) {
  auto spec = shell("while :; do :; done");
  spec.limits.cpu_seconds_max = 1;
  const auto result = run(spec);
  EXPECT_NE(result.signal, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_GE(result.cpu_ms,
            500);  // the limit counts whole ticks, the usage nanoseconds: on a busy machine they differ
}

TEST(PosixProcessRunner, NamesWhatIsMissing) {
  PosixProcessRunner runner;
  const auto code_of = [&runner](const ProcessSpec& spec) {
    const auto result = runner.run(spec);
    return result ? std::string("ran")
                  : std::string(to_string(result.error().code)) + ": " + result.error().message;
  };
  ProcessSpec spec;
  EXPECT_TRUE(code_of(spec).starts_with(to_string(ErrorCode::invalid)));
  spec.argv = {"tcps-no-such-program"};
  EXPECT_NE(code_of(spec).find("'tcps-no-such-program' is not in PATH"), std::string::npos);
  spec.argv = {"/no/such/program"};
  EXPECT_TRUE(code_of(spec).starts_with(to_string(ErrorCode::not_found)));
  spec.argv = {"/etc/passwd"};
  EXPECT_TRUE(code_of(spec).starts_with(to_string(ErrorCode::io)));
  spec.argv = {"/bin/true"};
  spec.working_directory = "/no/such/folder";
  EXPECT_NE(code_of(spec).find("working directory '/no/such/folder'"), std::string::npos);
  spec = {};
  spec.argv = {"/bin/echo", std::string("a\0b", 3)};
  EXPECT_TRUE(code_of(spec).starts_with(to_string(ErrorCode::invalid)));
}

size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST(PosixProcessRunner, LeaksNoDescriptorsToChildrenOrParent) {
  run(shell("true"));
  const auto before = open_descriptors();
  const int leaky = dup(1);  // inheritable on purpose
  const auto result = run(shell("ls /proc/self/fd | wc -l"));
  EXPECT_EQ(result.output, "4\n");  // 0, 1, 2 and the folder that ls reads
  close(leaky);
  PosixProcessRunner runner;
  auto missing = shell("true");
  missing.working_directory = "/no/such/folder";
  EXPECT_FALSE(runner.run(missing).has_value());
  EXPECT_EQ(open_descriptors(), before);
}

TEST(PosixProcessRunner, ServesManyThreadsAtOnce) {
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&good, thread] {
        for (int i = 0; i < 20; ++i) {
          const auto text = std::to_string(thread * 100 + i);
          auto spec = shell("cat; exit 5");
          spec.standard_input = text;
          const auto result = run(spec);
          good += result.output == text && result.exit_code == 5;
        }
      });
    }
  }
  EXPECT_EQ(good, 160);
}

}  // namespace
}  // namespace tcps
