// Runs the audit programs as people do.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tcps::test {

struct Ran {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
  nlohmann::json document() const { return nlohmann::json::parse(out, nullptr, false); }
};

// A program of this build's bin folder, until it ends.
Ran run_program(const std::string& program, const std::vector<std::string>& arguments);
inline Ran run_audit(const std::vector<std::string>& arguments) {
  return run_program("tcps-audit", arguments);
}

std::string read_whole(const std::string& path);
void write_whole(const std::string& path, const std::string& bytes);

}  // namespace tcps::test
