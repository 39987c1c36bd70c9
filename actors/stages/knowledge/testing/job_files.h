// For tests of the rules: files of a job by path, as ReadFile shows them.
#pragma once

#include <map>
#include <string>

#include "actors/stages/knowledge/answer.h"

namespace tcps::stages {

using JobFiles = std::map<std::string, std::string>;

inline ReadFile reader_of(const JobFiles& files) {
  return [&files](const std::string& path) -> Result<Bytes> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(ErrorCode::not_found, "'" + path + "' is not there");
    return found->second;
  };
}

// The output of that path, or empty.
inline Bytes output_of(const JobAnswer& answer, std::string_view path) {
  for (const auto& output : answer.outputs) {
    if (output.path == path) return output.bytes;
  }
  return {};
}

// Throws when there is no finding.
inline std::optional<FailureMode> mode_of(const JobAnswer& answer) { return answer.finding.value().mode; }
inline std::string reason_of(const JobAnswer& answer) { return answer.finding ? answer.finding->reason : ""; }

}  // namespace tcps::stages
