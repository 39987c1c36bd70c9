// What the rules of the knowledge stages (pull, generate, extract, render) have in common: they read files by
// name, and answer with receipt fields, files and findings. Rules are pure but for the reader and the clock
// that they are handed; tcps-engine runs them in the sandbox, tests run them as they are.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/failure_mode.h"
#include "messages/result.h"

namespace tcps::stages {

// Where a job finds things below its work folder.
inline constexpr std::string_view product_folder = "product/";  // the snapshot
inline constexpr std::string_view input_folder = "in/";         // what stages before made
inline constexpr std::string_view output_folder = "out/";       // what this stage makes

inline constexpr size_t source_bytes_max = 64u << 20;  // of one file that a rule reads

// A file below the work folder. Errors: not_found, full, refused, io.
using ReadFile = std::function<Result<Bytes>(const std::string& path)>;

// Milliseconds of a clock that only goes forward.
using SteadyClock = std::function<int64_t()>;

// What is wrong with the product.
struct Finding {
  std::optional<FailureMode> mode;  // one of the stage's; nothing: none fits
  std::string reason;
  std::vector<std::string> detail;  // lines for the stage's log
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct OutputFile {
  std::string path;  // below output_folder
  Bytes bytes;
  bool executable = false;
};

// What a job (jobs.h) gives back.
struct JobAnswer {
  nlohmann::json fields = nlohmann::json::object();  // of the stage's receipt
  std::vector<OutputFile> outputs;                   // made also by a failed run: reports
  std::optional<Finding> finding;                    // set: the stage failed
};

// The first finding decides the mode; the reasons of all go to the log, at most 100 of them.
inline std::optional<Finding> first_of(const std::vector<Finding>& findings) {
  if (findings.empty()) return std::nullopt;
  constexpr size_t detail_max = 100;
  Finding first = findings.front();
  if (findings.size() > 1)
    first.reason += " (and " + std::to_string(findings.size() - 1) + " more: see the log)";
  for (const auto& finding : findings) {
    if (first.detail.size() < detail_max && findings.size() > 1) first.detail.push_back(finding.reason);
  }
  return first;
}

}  // namespace tcps::stages
