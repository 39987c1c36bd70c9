#include "actors/stages/build/compiled_modules.h"

#include <nlohmann/json.hpp>

namespace tcps {
namespace {

// What a line that reports one compiled module contains; empty: the system does not tell.
std::string_view mark_of(BuildSystem system) {
  switch (system) {
    case BuildSystem::cmake:
      return "Building ";  // "Building CXX object <file>"
    case BuildSystem::rebar3:
    case BuildSystem::cargo:
      return "Compiling ";
    default:
      return {};
  }
}

}  // namespace

void CompiledModules::add_line(std::string_view line) {
  const auto mark = mark_of(system_);
  if (mark.empty() || line.find(mark) == std::string_view::npos) return;
  if (system_ == BuildSystem::cmake && line.find(" object ") == std::string_view::npos) return;
  ++count_;
}

nlohmann::json CompiledModules::to_json() const {
  if (!mark_of(system_).empty()) return count_;
  return {{"applicable", false},
          {"reason", "the build system '" + std::string(to_string(system_)) +
                         "' does not tell which modules it compiles"}};
}

}  // namespace tcps
