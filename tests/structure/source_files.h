// The files of a source tree, as the rules of the house read them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tcps::structure {

bool is_build_folder(std::string_view name);  // of the top level

// The files of the project from the root, as generic relative paths, sorted. Build folders and dot-folders
// are left out.
std::vector<std::string> project_files(const std::filesystem::path& root);

std::string text_of(const std::filesystem::path& path);
std::vector<std::string> lines_of(const std::filesystem::path& path);

struct Include {
  size_t line = 0;
  std::string name;
  bool quoted = false;
};
std::vector<Include> includes_of(const std::filesystem::path& path);

}  // namespace tcps::structure
