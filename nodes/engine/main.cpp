// tcps-engine: reads one job from standard input, works in the current folder, prints one answer. Meant to be
// run in the sandbox by the knowledge procedures.
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <iterator>
#include <new>

#include "actors/stages/extract/extract_rules.h"
#include "messages/exit.h"
#include "nodes/engine/engine.h"
#include "nodes/engine/watchdog.h"

namespace {

using namespace tcps;

constexpr size_t job_bytes_max = 16u << 20;
constexpr auto query_grace = std::chrono::milliseconds(2'000);

std::string read_job() {
  std::string job(job_bytes_max, '\0');
  std::cin.read(job.data(), static_cast<std::streamsize>(job.size()));
  job.resize(static_cast<size_t>(std::cin.gcount()));
  return job;
}

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void print(const stages::JobAnswer& answer) { std::cout << engine::to_text(answer) << std::endl; }

stages::JobAnswer failed_with(stages::Finding finding) {
  stages::JobAnswer answer;
  answer.finding = std::move(finding);
  return answer;
}

Exit work() {
  engine::Watchdog watchdog(query_grace, [](const stages::QueryJob& query) {
    print(failed_with(stages::query_overstayed(query)));
    _exit(exit_number(Exit::ok));
  });
  const engine::Surroundings surroundings{
      ".", now_ms, [&](const stages::QueryJob& query) { watchdog.watch(query); }, [&] { watchdog.rest(); }};
  const auto answer = engine::run(read_job(), surroundings);
  if (answer) {
    print(*answer);
    return Exit::ok;
  }
  if (answer.error().code != ErrorCode::invalid) {
    print(failed_with({no_mode, answer.error().message, {}}));
    return Exit::ok;
  }
  std::cerr << answer.error().message << '\n';
  return Exit::usage;
}

}  // namespace

int main() {
  try {
    return exit_number(work());
  } catch (const std::bad_alloc&) {
    print(failed_with(
        {no_mode,
         "the knowledge engine ran out of memory: make its input smaller, or raise sandbox.memory_mib",
         {}}));
    return exit_number(Exit::ok);
  }
}
