// Who may include what: the arrows of the house (docs/map.md shows them) as a pure function. A zone is a
// folder; the longest matching prefix counts. Third-party headers are known by library, so that a new library
// cannot slip in unnamed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcps::structure {

struct Zone {
  std::string_view folder;
  std::vector<std::string_view> project;    // files, or folders with a trailing '/'
  std::vector<std::string_view> libraries;  // by name
};
const std::vector<Zone>& zones();

// Why `file` (a path from the repository root) may not contain the directive `#include <name>` or `#include
// "name"`; nothing when it may.
std::optional<std::string> objection_to_include(std::string_view file, std::string_view name, bool quoted);

// The CMake targets that who says `#include <name>` must link; none for C++, C and the kernel.
std::vector<std::string_view> targets_of_header(std::string_view name);

}  // namespace tcps::structure
