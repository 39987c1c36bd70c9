// How many modules a build compiled, told from what its build system prints.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "actors/stages/standard_work/standard_work.h"

namespace tcps {

class CompiledModules {
 public:
  explicit CompiledModules(BuildSystem system) : system_(system) {}

  // A line of the build's output without its newline.
  void add_line(std::string_view line);
  uint64_t count() const { return count_; }
  // The count, or {applicable: false, reason} for a system that does not tell.
  nlohmann::json to_json() const;

 private:
  BuildSystem system_;
  uint64_t count_ = 0;
};

}  // namespace tcps
