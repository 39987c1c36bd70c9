#include "tests/structure/source_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace tcps::structure {

namespace fs = std::filesystem;

bool is_build_folder(std::string_view name) { return name == "build"; }

std::vector<std::string> project_files(const fs::path& root) {
  std::vector<std::string> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory() && (name.starts_with('.') || (it.depth() == 0 && is_build_folder(name)))) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file()) {
      files.push_back(it->path().lexically_relative(root).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream in(text_of(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> includes_of(const fs::path& path) {
  static const std::regex directive(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::vector<Include> found;
  const auto lines = lines_of(path);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find("include") == std::string::npos) continue;  // std::regex is slow
    std::smatch match;
    if (std::regex_search(lines[i], match, directive)) found.push_back({i + 1, match[2], match[1] == "\""});
  }
  return found;
}

}  // namespace tcps::structure
