// tcps-engine's one deed: read a job, run its rules on the files of a folder, write what they made, and say
// so. Wiring only; the rules are those of actors/stages.
#pragma once

#include <functional>
#include <string>

#include "actors/stages/knowledge/answer.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps::engine {

// What the process lends to the rules.
struct Surroundings {
  std::string folder;          // with product/, in/ and out/ below it
  stages::SteadyClock now_ms;  // for the times of queries
  std::function<void(const stages::QueryJob& query)> before_query;
  std::function<void()> after_queries;
};

// {"ok": true, "fields": {..}, "outputs": [..]}, or with {"ok": false, "mode": "F3.1", "reason": "..",
// "detail": [..]}.
std::string to_text(const stages::JobAnswer& answer);

// Runs the job and writes its outputs. Errors: invalid (no job), io (an output cannot be written).
Result<stages::JobAnswer> run(std::string_view job, const Surroundings& surroundings);

}  // namespace tcps::engine
