#include "tests/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

namespace transport {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{5};

}  // namespace

Process::Process(const std::vector<std::string>& command) {
  ignore_broken_pipes();
  auto input = make_pipe();
  auto output = make_pipe();
  EXPECT_TRUE(input.ok() && output.ok());
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(input.value().read_end.get(), STDIN_FILENO);
    dup2(output.value().write_end.get(), STDOUT_FILENO);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  input_ = std::move(input.value().write_end);
  output_ = std::move(output.value().read_end);
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::send(const std::string& bytes) {
  std::string rest = bytes;
  while (!rest.empty() && write_chunk(input_, rest) != Transfer::kFailed) {
  }
}

void Process::signal(int number) { kill(pid_, number); }

std::string Process::read_output() {
  std::string output;
  const auto deadline = Clock::now() + kPatience;
  while (wait_for(output_, POLLIN, deadline)) {
    const Transfer outcome = read_chunk(output_, output);
    if (outcome == Transfer::kEnd || outcome == Transfer::kFailed) break;
  }
  return output;
}

int Process::wait() {
  const auto deadline = Clock::now() + kPatience;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline) return -1;
    std::this_thread::sleep_for(kPause);
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Outcome run(const std::vector<std::string>& command, const std::string& input) {
  Process process(command);
  process.send(input);
  process.close_input();
  std::string output = process.read_output();
  return {process.wait(), std::move(output)};
}

std::string await_file(const std::string& path) {
  const auto deadline = Clock::now() + kPatience;
  std::string line;
  while (Clock::now() < deadline) {
    std::ifstream file(path);
    if (std::getline(file, line)) return line;
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

}  // namespace transport
