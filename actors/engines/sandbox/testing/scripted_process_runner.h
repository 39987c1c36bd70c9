// A process runner that starts nothing: it answers from a script and remembers what it was asked. For unit
// tests of procedures and engines.
#pragma once

#include <mutex>

#include "actors/engines/sandbox/process_runner.h"

namespace tcps {

// Thread-safe. Rules are asked in the order in which they were added; a call that no rule answers is an error
// that names the command, so that a procedure cannot start something its test did not expect.
class ScriptedProcessRunner final : public ProcessRunner {
 public:
  using Answer = std::function<Result<ProcessResult>(const ProcessSpec&)>;

  // Answers commands whose text (arguments joined by one space) contains `part`, at most `times_max` times.
  void on(std::string part, Answer answer, size_t times_max = SIZE_MAX);
  void on(std::string part, ProcessResult result, size_t times_max = SIZE_MAX);

  Result<ProcessResult> run(const ProcessSpec& spec) override;

  std::vector<ProcessSpec> calls() const;
  std::vector<std::string> commands() const;  // the calls as text

 private:
  struct Rule {
    std::string part;
    Answer answer;
    size_t times_left;
  };
  mutable std::mutex mutex_;
  std::vector<Rule> rules_;
  std::vector<ProcessSpec> calls_;
};

// Results to script with.
ProcessResult exited(int exit_code, Bytes output = {}, Bytes error_output = {});
ProcessResult timed_out();

}  // namespace tcps
