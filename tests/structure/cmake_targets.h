// What the CMakeLists.txt files say of this project's targets: the calls of the helpers in
// deploy/cmake/targets.cmake, read as text. Sources and headers are paths from the root; one that a variable
// names (made while configuring) is left out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tcps::structure {

struct Target {
  enum class Kind { library, proto, program, test };
  Kind kind = Kind::library;
  std::string name;
  std::string folder;                // of its CMakeLists.txt
  std::vector<std::string> sources;  // of `proto`: the schemas
  std::vector<std::string> headers;
  std::vector<std::string> link;
  std::vector<std::string> use;

  bool is_for_tests() const { return name.ends_with("_testing"); }
};

// In the order of the folders and of the calls. A fuzz target is a test.
std::vector<Target> cmake_targets(const std::filesystem::path& root);

}  // namespace tcps::structure
