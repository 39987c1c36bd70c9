#include "tests/structure/link_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/cmake_targets.h"
#include "tests/structure/include_rules.h"
#include "tests/structure/source_files.h"

namespace tcps::structure {
namespace {

namespace fs = std::filesystem;

// Linked for what they do, not for a header.
const std::set<std::string, std::less<>> without_headers = {"tcps_allocator", "benchmark::benchmark_main"};
// Every tcps_test() links these by itself.
const std::set<std::string, std::less<>> of_every_test = {"GTest::gtest", "GTest::gmock", "rapidcheck",
                                                          "tcps_test_places"};

bool is_library(const Target& target) { return target.kind == Target::Kind::library; }
bool is_in_testing(std::string_view file) { return file.find("/testing/") != std::string_view::npos; }

std::string with_ending(std::string_view file, std::string_view ending) {
  return std::string(file.substr(0, file.rfind('.'))).append(ending);
}

// Whose a header is: one library, or the programs and tests that share it.
class Owners {
 public:
  Owners(const fs::path& root, const std::vector<std::string>& files, const std::vector<Target>& targets) {
    for (const Target& target : targets) take_named(root, target);
    for (const std::string& file : files) {
      if (file.ends_with(".h") && !owners_.contains(file)) take_by_folder(root, file, targets);
    }
  }

  using Set = std::set<const Target*>;
  const Set& of(const std::string& header) const {
    static const Set nobody;
    const auto found = owners_.find(header);
    return found == owners_.end() ? nobody : found->second;
  }
  const std::map<std::string, Set>& all() const { return owners_; }
  const Objections& objections() const { return objections_; }

 private:
  void take_named(const fs::path& root, const Target& target) {
    for (const std::string& source : target.sources) {
      const bool schema = target.kind == Target::Kind::proto;
      const std::string header = with_ending(source, schema ? ".pb.h" : ".h");
      if (schema || fs::exists(root / header)) owners_[header].insert(&target);
    }
    for (const std::string& header : target.headers) owners_[header].insert(&target);
  }

  void take_by_folder(const fs::path& root, const std::string& header, const std::vector<Target>& targets) {
    fs::path folder = fs::path(header).parent_path();
    while (!folder.empty() && !fs::exists(root / folder / "CMakeLists.txt")) folder = folder.parent_path();
    Set libraries;
    Set programs;
    for (const Target& target : targets) {
      if (target.folder != folder) continue;
      if (is_library(target)) {
        if (target.is_for_tests() == is_in_testing(header)) libraries.insert(&target);
      } else if (target.kind != Target::Kind::proto) {
        programs.insert(&target);
      }
    }
    if (libraries.size() > 1) {
      objections_.push_back(
          fmt::format("{}: {}/CMakeLists.txt has several libraries: name it under HEADERS of one", header,
                      folder.generic_string()));
    }
    owners_[header] = libraries.empty() ? programs : libraries;
  }

  std::map<std::string, Set> owners_;
  Objections objections_;
};

// What a target must name, and the first place that shows it.
using Needs = std::map<std::string, std::string>;

class Needed {
 public:
  Needed(const fs::path& root, const Owners& owners, const Target& target)
      : root_(root), owners_(owners), target_(target) {
    for (const std::string& source : target.sources) read(source, by_sources_);
    if (is_library(target)) {
      for (const auto& [header, whose] : owners.all()) {
        if (whose.contains(&target)) read(header, by_headers_);
      }
    }
  }

  const Needs& by_headers() const { return by_headers_; }
  const Needs& by_sources() const { return by_sources_; }
  const Objections& objections() const { return objections_; }

 private:
  void read(const std::string& file, Needs& needs) {
    if (!read_.insert(file).second) return;
    for (const Include& include : includes_of(root_ / file)) {
      const std::string place = fmt::format("{}:{}", file, include.line);
      if (include.quoted) {
        need_project_header(include.name, place, needs);
      } else {
        for (const auto target : targets_of_header(include.name)) need(std::string(target), place, needs);
      }
    }
  }

  void need_project_header(const std::string& header, const std::string& place, Needs& needs) {
    const Owners::Set& owners = owners_.of(header);
    if (owners.contains(&target_)) {
      if (!is_library(target_)) read(header, needs);  // its own, or shared by the programs of the folder
    } else if (owners.size() == 1 &&
               ((*owners.begin())->kind == Target::Kind::proto || is_library(**owners.begin()))) {
      need((*owners.begin())->name, place, needs);
    } else {
      objections_.push_back(
          fmt::format("{}: {} includes \"{}\", which belongs to no library", place, target_.name, header));
    }
  }

  void need(const std::string& name, const std::string& place, Needs& needs) {
    if (target_.kind == Target::Kind::test && of_every_test.contains(name)) return;
    needs.emplace(name, place);
  }

  const fs::path& root_;
  const Owners& owners_;
  const Target& target_;
  std::set<std::string> read_;
  Needs by_headers_;
  Needs by_sources_;
  Objections objections_;
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_missing(const Target& target, const Needed& needed, Objections& objections) {
  for (const auto& [name, place] : needed.by_headers()) {
    if (contains(target.link, name)) continue;
    objections.push_back(fmt::format("{}: a header of {} includes what is of {}: name it under LINK{}", place,
                                     target.name, name, contains(target.use, name) ? ", not USE" : ""));
  }
  for (const auto& [name, place] : needed.by_sources()) {
    if (contains(target.link, name) || contains(target.use, name) || needed.by_headers().contains(name))
      continue;
    objections.push_back(fmt::format("{}: {} includes what is of {}: name it under {}", place, target.name,
                                     name, is_library(target) ? "USE" : "LINK"));
  }
}

void check_spare(const Target& target, const Needed& needed, Objections& objections) {
  const auto object = [&](const std::string& name, std::string_view what) {
    objections.push_back(
        fmt::format("{}/CMakeLists.txt: {} names {}{}", target.folder, target.name, name, what));
  };
  for (const std::string& name : target.link) {
    if (without_headers.contains(name) || needed.by_headers().contains(name)) continue;
    if (!needed.by_sources().contains(name)) {
      object(name, " under LINK and includes nothing of it");
    } else if (is_library(target)) {
      object(name, " under LINK, but only its sources include it: USE");
    }
  }
  for (const std::string& name : target.use) {
    if (contains(target.link, name)) {
      object(name, " under LINK and under USE");
    } else if (!without_headers.contains(name) && !needed.by_headers().contains(name) &&
               !needed.by_sources().contains(name)) {
      object(name, " under USE and includes nothing of it");
    }
  }
}

void append(Objections& objections, const Objections& more) {
  objections.insert(objections.end(), more.begin(), more.end());
}

}  // namespace

Objections check_links(const fs::path& root) {
  const auto targets = cmake_targets(root);
  const Owners owners(root, project_files(root), targets);
  Objections objections = owners.objections();
  for (const Target& target : targets) {
    if (target.kind == Target::Kind::proto) continue;
    const Needed needed(root, owners, target);
    append(objections, needed.objections());
    check_missing(target, needed, objections);
    check_spare(target, needed, objections);
  }
  return objections;
}

Objections check_test_doubles(const fs::path& root) {
  const auto targets = cmake_targets(root);
  std::set<std::string> for_tests;
  for (const Target& target : targets) {
    if (target.is_for_tests() || target.folder.starts_with("tests/")) for_tests.insert(target.name);
  }
  Objections objections;
  for (const Target& target : targets) {
    if (target.kind == Target::Kind::test || for_tests.contains(target.name)) continue;
    for (const std::string& source : target.sources) {
      if (is_in_testing(source)) {
        objections.push_back(
            fmt::format("{}: compiled into {}, which is not named *_testing", source, target.name));
      }
    }
    for (const auto* names : {&target.link, &target.use}) {
      for (const std::string& name : *names) {
        if (for_tests.contains(name)) {
          objections.push_back(fmt::format("{}/CMakeLists.txt: {} links {}, which only tests may",
                                           target.folder, target.name, name));
        }
      }
    }
  }
  return objections;
}

}  // namespace tcps::structure
