#include "actors/engines/sandbox/testing/scripted_process_runner.h"

namespace tcps {
namespace {

std::string text_of(const ProcessSpec& spec) {
  std::string text;
  for (const auto& argument : spec.argv) text += (text.empty() ? "" : " ") + argument;
  return text;
}

}  // namespace

void ScriptedProcessRunner::on(std::string part, Answer answer, size_t times_max) {
  std::lock_guard lock(mutex_);
  rules_.push_back({std::move(part), std::move(answer), times_max});
}

void ScriptedProcessRunner::on(std::string part, ProcessResult result, size_t times_max) {
  on(
      std::move(part), [result = std::move(result)](const ProcessSpec&) { return result; }, times_max);
}

Result<ProcessResult> ScriptedProcessRunner::run(const ProcessSpec& spec) {
  const auto text = text_of(spec);
  Answer answer;
  {
    std::lock_guard lock(mutex_);
    calls_.push_back(spec);
    for (auto& rule : rules_) {
      if (rule.times_left == 0 || text.find(rule.part) == std::string::npos) continue;
      --rule.times_left;
      answer = rule.answer;
      break;
    }
  }
  if (!answer)
    return fail(ErrorCode::not_found, "no rule of the script answers '" + text + "': add one with on()");
  return answer(spec);
}

std::vector<ProcessSpec> ScriptedProcessRunner::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> ScriptedProcessRunner::commands() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  for (const auto& call : calls_) texts.push_back(text_of(call));
  return texts;
}

ProcessResult exited(int exit_code, Bytes output, Bytes error_output) {
  ProcessResult result;
  result.exit_code = exit_code;
  result.output = std::move(output);
  result.error_output = std::move(error_output);
  return result;
}

ProcessResult timed_out() {
  ProcessResult result;
  result.signal = 15;
  result.timed_out = true;
  return result;
}

}  // namespace tcps
