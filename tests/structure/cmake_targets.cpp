#include "tests/structure/cmake_targets.h"

#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>

#include "tests/structure/source_files.h"

namespace tcps::structure {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, Target::Kind, std::less<>> helpers = {
    {"tcps_library", Target::Kind::library},    {"tcps_proto", Target::Kind::proto},
    {"tcps_executable", Target::Kind::program}, {"tcps_test", Target::Kind::test},
    {"tcps_fuzz", Target::Kind::test},
};

// Where the words after a keyword go; null for keywords that do not matter here.
std::optional<std::vector<std::string>*> place_of(std::string_view keyword, Target& target) {
  if (keyword == "SOURCES" || keyword == "FILES") return &target.sources;
  if (keyword == "HEADERS") return &target.headers;
  if (keyword == "LINK") return &target.link;
  if (keyword == "USE") return &target.use;
  if (keyword == "STARTS" || keyword == "CORPUS" || keyword == "LABELS" || keyword == "TIMEOUT" ||
      keyword == "SERIAL")
    return nullptr;
  return std::nullopt;
}

void place_in_folder(std::vector<std::string>& files, const std::string& folder) {
  for (std::string& file : files) file = (fs::path(folder) / file).lexically_normal().generic_string();
}

Target target_of(std::string_view helper, std::istringstream words, const std::string& folder) {
  Target target{.kind = helpers.find(helper)->second, .folder = folder};
  words >> target.name;
  if (helper == "tcps_fuzz") target.sources.push_back(target.name + ".cpp");
  std::vector<std::string>* place = nullptr;
  for (std::string word; words >> word;) {
    if (const auto keyword = place_of(word, target)) {
      place = *keyword;
    } else if (place && word.find('$') == std::string::npos) {
      place->push_back(word);
    }
  }
  place_in_folder(target.sources, folder);
  place_in_folder(target.headers, folder);
  return target;
}

}  // namespace

std::vector<Target> cmake_targets(const fs::path& root) {
  static const std::regex comment("#[^\n]*");
  static const std::regex call(R"(\b(tcps_\w+)\s*\(([^()]*)\))");
  std::vector<Target> targets;
  for (const std::string& file : project_files(root)) {
    if (!file.ends_with("CMakeLists.txt")) continue;
    const std::string text = std::regex_replace(text_of(root / file), comment, "");
    const std::string folder = fs::path(file).parent_path().generic_string();
    for (auto it = std::sregex_iterator(text.begin(), text.end(), call); it != std::sregex_iterator(); ++it) {
      const std::string helper = (*it)[1];
      if (helpers.contains(helper))
        targets.push_back(target_of(helper, std::istringstream((*it)[2]), folder));
    }
  }
  return targets;
}

}  // namespace tcps::structure
