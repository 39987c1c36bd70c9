#include "tests/structure/house_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

#include "tests/structure/include_rules.h"
#include "tests/structure/source_files.h"

namespace tcps::structure {
namespace {

namespace fs = std::filesystem;

const std::set<std::string, std::less<>> code_folders = {"actors", "messages", "bus", "nodes", "tests"};
const std::set<std::string, std::less<>> top_level = {"CMakeLists.txt",
                                                      "CMakePresets.json",
                                                      "README.md",
                                                      "CHANGELOG.md",
                                                      "CONTRIBUTING.md",
                                                      "SECURITY.md",
                                                      "LICENSE",
                                                      "NOTICE",
                                                      "actors",
                                                      "messages",
                                                      "bus",
                                                      "nodes",
                                                      "config",
                                                      "deploy",
                                                      "tests",
                                                      "docs"};

constexpr size_t source_lines_max = 500;
constexpr size_t header_lines_max = 250;
constexpr size_t test_lines_max = 700;

bool is_header(std::string_view file) { return file.ends_with(".h"); }
bool is_cpp(std::string_view file) { return file.ends_with(".cpp"); }
bool is_code(std::string_view file) {
  return (is_header(file) || is_cpp(file)) &&
         code_folders.contains(std::string(file.substr(0, file.find('/'))));
}

std::optional<std::string> objection_to_order(const fs::path& root, const std::string& file,
                                              const std::vector<Include>& includes) {
  if (!is_cpp(file)) return {};
  const std::string own = file.substr(0, file.size() - 4) + ".h";
  if (!fs::exists(root / own)) return {};
  if (!includes.empty() && includes.front().name == own) return {};
  return fmt::format(
      "{}: its own header \"{}\" must be its first include, so that the header is known to compile alone",
      file, own);
}

// The targets of the links of a Markdown text, code blocks left out.
std::vector<std::string> links_of(const fs::path& path) {
  static const std::regex link(R"(\]\(([^)\s]+)\))");
  std::vector<std::string> targets;
  bool in_code = false;
  for (const std::string& line : lines_of(path)) {
    if (line.starts_with("```")) in_code = !in_code;
    if (in_code) continue;
    for (auto it = std::sregex_iterator(line.begin(), line.end(), link); it != std::sregex_iterator(); ++it) {
      targets.push_back((*it)[1]);
    }
  }
  return targets;
}

// The files and folders of the house that a Markdown text names: `nodes/view/output.h`. Words with a
// placeholder are left out.
std::vector<std::string> names_of(const fs::path& path) {
  static const std::regex name(R"(`((?:actors|bus|config|deploy|docs|messages|nodes|tests)/[\w./-]*)`)");
  const std::string text = text_of(path);
  std::vector<std::string> names;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), name); it != std::sregex_iterator(); ++it) {
    names.push_back((*it)[1]);
  }
  return names;
}

using Arrows = std::map<std::string, std::set<std::string>>;

// The rows `room` | `name`, `name` ... below the heading "Room | May include".
Arrows arrows_of_map(const fs::path& path) {
  static const std::regex word("`([^`]+)`");
  Arrows arrows;
  bool in_table = false;
  for (const std::string& line : lines_of(path)) {
    if (line.starts_with("| Room | May include |")) in_table = true;
    if (!in_table || !line.starts_with("| `")) continue;
    auto it = std::sregex_iterator(line.begin(), line.end(), word);
    auto& names = arrows[(*it)[1]];
    for (++it; it != std::sregex_iterator(); ++it) names.insert((*it)[1]);
  }
  return arrows;
}

// The same, as the law has them: without the room itself and messages/, which everyone may include.
Arrows arrows_of_law() {
  Arrows arrows;
  for (const Zone& zone : zones()) {
    auto& names = arrows[std::string(zone.folder)];
    for (const auto name : zone.project) {
      if (name != zone.folder && name != "messages/") names.insert(std::string(name));
    }
  }
  return arrows;
}

void compare_rooms(const std::string& room, const std::set<std::string>& drawn,
                   const std::set<std::string>& law, Objections& objections) {
  for (const std::string& name : law) {
    if (!drawn.contains(name)) {
      objections.push_back(
          fmt::format("docs/map.md: {} may include {}, and the map does not say so", room, name));
    }
  }
  for (const std::string& name : drawn) {
    if (!law.contains(name)) {
      objections.push_back(
          fmt::format("docs/map.md: {} may not include {}, and the map says that it may", room, name));
    }
  }
}

bool is_outside(std::string_view target) {
  return target.find("://") != std::string_view::npos || target.starts_with("mailto:") ||
         target.starts_with('#');
}

}  // namespace

Objections check_top_level(const fs::path& root) {
  Objections objections;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') || is_build_folder(name) || name == "compile_commands.json") continue;
    if (!top_level.contains(name)) {
      objections.push_back(
          fmt::format("{}: not a name of the top level; find its room inside one of the folders", name));
    }
  }
  return objections;
}

Objections check_includes(const fs::path& root) {
  Objections objections;
  for (const std::string& file : project_files(root)) {
    if (!is_code(file)) continue;
    const auto includes = includes_of(root / file);
    for (const Include& include : includes) {
      if (const auto objection = objection_to_include(file, include.name, include.quoted)) {
        objections.push_back(fmt::format("{}:{}: {}", file, include.line, *objection));
      }
    }
    if (const auto objection = objection_to_order(root, file, includes)) objections.push_back(*objection);
  }
  return objections;
}

Objections check_sizes(const fs::path& root) {
  Objections objections;
  for (const std::string& file : project_files(root)) {
    if (!is_code(file)) continue;
    const bool test = file.ends_with("_test.cpp") || file.starts_with("tests/");
    const size_t limit = test ? test_lines_max : is_header(file) ? header_lines_max : source_lines_max;
    const size_t lines = lines_of(root / file).size();
    if (lines > limit) {
      objections.push_back(
          fmt::format("{}: {} lines are more than {}: an idea in it wants its own file", file, lines, limit));
    }
  }
  return objections;
}

Objections check_left_overs(const fs::path& root) {
  // Put together here, so that this file does not object to itself.
  static const std::regex left_over(
      "\\b(TO"
      "DO|FIX"
      "ME|X"
      "XX)\\b");
  static const std::set<std::string> endings = {".h",  ".cpp",  ".proto", ".cmake", ".txt",
                                                ".sh", ".toml", ".json",  ""};
  Objections objections;
  for (const std::string& file : project_files(root)) {
    const std::string top = file.substr(0, file.find('/'));
    const bool script = top == "deploy" || top == "config";
    if (!(code_folders.contains(top) || script) || !endings.contains(fs::path(file).extension().string()))
      continue;
    if (file.starts_with("tests/conformance/")) continue;  // other people's vectors
    const auto lines = lines_of(root / file);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (std::regex_search(lines[i], left_over)) {
        objections.push_back(fmt::format("{}:{}: build it or leave it out", file, i + 1));
      }
    }
  }
  return objections;
}

Objections check_document_links(const fs::path& root) {
  Objections objections;
  for (const std::string& file : project_files(root)) {
    if (!file.ends_with(".md")) continue;
    for (const std::string& target : links_of(root / file)) {
      if (is_outside(target)) continue;
      const fs::path path = (root / file).parent_path() / target.substr(0, target.find('#'));
      if (!fs::exists(path))
        objections.push_back(fmt::format("{}: the link to {} leads nowhere", file, target));
    }
    for (const std::string& name : names_of(root / file)) {
      if (!fs::exists(root / name)) objections.push_back(fmt::format("{}: there is no {}", file, name));
    }
  }
  return objections;
}

Objections check_adr_index(const fs::path& root) {
  const fs::path folder = root / "docs" / "adr";
  const auto linked = links_of(folder / "README.md");
  Objections objections;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != "README.md" && std::find(linked.begin(), linked.end(), name) == linked.end()) {
      objections.push_back(fmt::format("docs/adr/{}: not linked from docs/adr/README.md", name));
    }
  }
  return objections;
}

Objections check_map(const fs::path& root) {
  const Arrows drawn = arrows_of_map(root / "docs" / "map.md");
  const Arrows law = arrows_of_law();
  Objections objections;
  for (const auto& [room, names] : law) {
    const auto row = drawn.find(room);
    if (row == drawn.end()) {
      objections.push_back(fmt::format("docs/map.md: the table lacks {}", room));
    } else {
      compare_rooms(room, row->second, names, objections);
    }
  }
  for (const auto& [room, names] : drawn) {
    if (!law.contains(room)) objections.push_back(fmt::format("docs/map.md: there is no room {}", room));
  }
  return objections;
}

}  // namespace tcps::structure
