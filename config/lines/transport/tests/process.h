// Child processes of the integration tests.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "src/io.h"

namespace transport {

/// A program with pipes on its standard input and output. Killed when its owner goes before it ended.
class Process {
 public:
  explicit Process(const std::vector<std::string>& command);
  ~Process();

  void send(const std::string& bytes);
  void close_input() { input_.reset(); }
  void signal(int number);
  /// The rest of its output, up to its end or 10 seconds.
  std::string read_output();
  /// The exit code, or 128 and the signal; -1 when it does not end within 10 seconds.
  int wait();

 private:
  pid_t pid_ = -1;
  Fd input_;
  Fd output_;
};

struct Outcome {
  int code;
  std::string output;
};

/// Runs a program to its end, with `input` as its standard input.
Outcome run(const std::vector<std::string>& command, const std::string& input = "");

/// The content of a file that another process is about to write, awaited for at most 10 seconds.
std::string await_file(const std::string& path);

}  // namespace transport
