#include "actors/engines/sandbox/process_runner.h"

namespace tcps {

std::string describe_end(const ProcessResult& result) {
  if (result.cancelled) return "cancelled";
  if (result.timed_out) return "deadline passed";
  if (result.signal != 0) return "signal " + std::to_string(result.signal);
  return "exit code " + std::to_string(result.exit_code);
}

std::map<std::string, std::string> minimal_environment() {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"},
          {"LC_ALL", "C.UTF-8"},
          {"TZ", "UTC"}};
}

}  // namespace tcps
