#include "actors/stages/standard_work/detect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "actors/stages/standard_work/values.h"

namespace tcps {
namespace {

constexpr size_t queries_max = 100, templates_max = 100;

struct Sign {
  std::string_view file;
  BuildSystem system;
};
constexpr std::array<Sign, 8> signs = {{{"CMakeLists.txt", BuildSystem::cmake},
                                        {"rebar.config", BuildSystem::rebar3},
                                        {"Cargo.toml", BuildSystem::cargo},
                                        {"go.mod", BuildSystem::go},
                                        {"package.json", BuildSystem::npm},
                                        {"pyproject.toml", BuildSystem::python},
                                        {"setup.py", BuildSystem::python},
                                        {"Makefile", BuildSystem::make}}};

// What a first line.toml says for one build system.
struct Recipe {
  std::string_view build;      // body of [build] beside `system`
  std::string_view lock;       // lock file, named only if present
  std::string_view unit;       // body of [test.unit]
  std::string_view pack_from;  // [[release.files]] from
};

Recipe recipe(BuildSystem system) {
  switch (system) {
    case BuildSystem::cmake:
      return {R"(commands = [
  ["cmake", "-S", ".", "-B", "build", "-DCMAKE_BUILD_TYPE=Release"],
  ["cmake", "--build", "build"],
  ["cmake", "--install", "build", "--prefix", "stage"],
]
compiler_version = ["c++", "--version"]
outputs = ["stage/**"]  # check: what the install rules put there
)",
              "",
              R"(framework = "ctest"
commands = [["ctest", "--test-dir", "build", "--output-junit", "ctest.xml"]]
junit = ["build/ctest.xml"]
)",
              "stage/**"};
    case BuildSystem::make:
      return {R"(commands = [["make"]]
compiler_version = ["cc", "--version"]
outputs = ["build/**"]  # check: what make leaves behind
)",
              "",
              R"(framework = "make"
commands = [["make", "check"]]  # check: the target that runs the tests
)",
              "build/**"};
    case BuildSystem::rebar3:
      return {R"(commands = [["rebar3", "as", "prod", "compile"]]
compiler_version = ["erl", "-noshell", "-eval", "io:format(\"OTP ~s~n\", [erlang:system_info(otp_release)]), halt()."]
outputs = ["_build/prod/lib/*/ebin/*"]
)",
              "rebar.lock",
              R"(framework = "eunit"
commands = [["rebar3", "eunit", "--cover"]]
)",
              "_build/prod/lib/*/ebin/*"};
    case BuildSystem::npm:
      return {R"(commands = [["npm", "run", "build"]]
compiler_version = ["node", "--version"]
outputs = ["dist/**"]  # check: where the build script writes
)",
              "package-lock.json",
              R"(framework = "npm"
commands = [["npm", "test"]]
)",
              "dist/**"};
    case BuildSystem::cargo:
      return {R"(commands = [["cargo", "build", "--release", "--locked", "--offline"]]
compiler_version = ["rustc", "--version"]
outputs = ["target/release/*"]  # check: name the programs alone
)",
              "Cargo.lock",
              R"(framework = "cargo"
commands = [["cargo", "test", "--release", "--locked", "--offline"]]
)",
              "target/release/*"};
    case BuildSystem::go:
      return {R"(commands = [["go", "build", "-trimpath", "-o", "build/", "./..."]]
compiler_version = ["go", "version"]
outputs = ["build/*"]
)",
              "go.sum",
              R"(framework = "go"
commands = [["go", "test", "./..."]]
)",
              "build/*"};
    case BuildSystem::python:
      return {R"(commands = [["python3", "-m", "build", "--no-isolation"]]
compiler_version = ["python3", "--version"]
outputs = ["dist/*"]
)",
              "",
              R"(framework = "pytest"
commands = [["python3", "-m", "pytest", "--junitxml=pytest.xml"]]
junit = ["pytest.xml"]
)",
              "dist/*"};
    case BuildSystem::custom:
      break;
  }
  return {R"(commands = [["./build.sh"]]  # check: no known build system was found
outputs = ["build/**"]       # check: what the build leaves behind
)",
          "",
          R"(framework = "shell"
commands = [["./test.sh"]]  # check: what runs the tests
)",
          "build/**"};
}

bool has(const RepositoryListing& listing, std::string_view file) {
  return std::find(listing.files.begin(), listing.files.end(), file) != listing.files.end();
}

// Plain names in `folder` that end in `suffix`, without it, sorted.
std::vector<std::string> stems(const RepositoryListing& listing, std::string_view folder,
                               std::string_view suffix) {
  std::vector<std::string> out;
  for (std::string_view file : listing.files) {
    if (!file.starts_with(folder) || !file.ends_with(suffix) || file.size() <= folder.size() + suffix.size())
      continue;
    auto stem = file.substr(folder.size(), file.size() - folder.size() - suffix.size());
    bool is_plain =
        stem.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
        std::string_view::npos;
    if (is_plain) out.emplace_back(stem);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// The text as a token: lower case, runs of anything else as one '-'.
std::string token_from(std::string_view text, std::string_view otherwise) {
  constexpr size_t token_bytes_max = 64;
  std::string out;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (fine)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
    if (out.size() == token_bytes_max) break;
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? std::string(otherwise) : out;
}

// Stages that see a query or template by a reserved name would be refused; so would two of one name.
std::string query_name(const std::string& stem, const std::vector<std::string>& taken) {
  constexpr std::array<std::string_view, 5> reserved = {"row", "product", "line", "work-order",
                                                        "source-date"};
  auto is_taken = [&](const std::string& name) {
    return std::find(reserved.begin(), reserved.end(), name) != reserved.end() ||
           std::find(taken.begin(), taken.end(), name) != taken.end();
  };
  std::string name = token_from(stem, "query").substr(0, 56);
  if (!is_taken(name)) return name;
  for (size_t i = 2;; ++i) {
    auto numbered = fmt::format("{}-{}", name, i);
    if (!is_taken(numbered)) return numbered;
  }
}

std::string knowledge_text(const RepositoryListing& listing) {
  if (stems(listing, "ontology/", ".ttl").empty()) {
    return "# Without a [knowledge] table generate, extract and render do not apply, and their receipts say "
           "so.\n\n";
  }
  std::string out = "[knowledge]\nontology = [\"ontology/*.ttl\"]\n";
  if (!stems(listing, "shapes/", ".ttl").empty()) out += "shapes = [\"shapes/*.ttl\"]\n";
  out += '\n';
  auto queries = stems(listing, "sparql/", ".rq");
  queries.resize(std::min(queries.size(), queries_max));
  std::vector<std::string> names;
  for (const auto& stem : queries) {
    names.push_back(query_name(stem, names));
    out += fmt::format("[[query]]\nname = \"{}\"\nfile = \"sparql/{}.rq\"\n", names.back(), stem);
    auto schema = fmt::format("schemas/{}.json", stem);
    if (has(listing, schema)) out += fmt::format("schema = \"{}\"\n", schema);
    out += '\n';
  }
  auto templates = stems(listing, "templates/", ".tera");
  templates.resize(std::min(templates.size(), templates_max));
  for (const auto& stem : templates) {
    out += fmt::format(
        "# check: say what templates/{}.tera renders\n# [[template]]\n# file = \"templates/{}.tera\"\n"
        "# data = [\"{}\"]\n# output = \"{}\"\n\n",
        stem, stem, names.empty() ? "query" : names.front(), stem);
  }
  return out;
}

std::string others_text(const RepositoryListing& listing, BuildSystem chosen) {
  std::string out;
  for (const Sign& sign : signs) {
    if (sign.system != chosen && has(listing, sign.file))
      out += fmt::format("{}{}", out.empty() ? "" : ", ", sign.file);
  }
  return out.empty() ? out : fmt::format("# check: also found {}\n", out);
}

}  // namespace

BuildSystem detect_build_system(const RepositoryListing& listing) {
  for (const Sign& sign : signs) {
    if (has(listing, sign.file)) return sign.system;
  }
  return BuildSystem::custom;
}

std::string detect_line_toml(const RepositoryListing& listing) {
  BuildSystem system = detect_build_system(listing);
  Recipe parts = recipe(system);
  std::string out = fmt::format(
      "# How this product is made. Every key: docs/formats/line-toml.md of TCPS.\n"
      "# What was guessed is marked \"check:\".\n\n"
      "[line]\nname = \"{}\"\ndescription = \"check: one sentence on what the product is for\"\n\n"
      "[wip]\nlimit = 3  # work orders in production at once\n\n",
      token_from(listing.name, "product"));
  out += knowledge_text(listing);
  out += fmt::format("[build]\nsystem = \"{}\"\n", to_string(system)) + others_text(listing, system);
  out += parts.build;
  if (!parts.lock.empty() && has(listing, parts.lock)) out += fmt::format("lock = [\"{}\"]\n", parts.lock);
  out += fmt::format("repeat = 3  # clean builds that must agree byte for byte\n\n[test.unit]\n{}\n",
                     parts.unit);
  if (system == BuildSystem::rebar3 && !stems(listing, "test/", "_SUITE.erl").empty()) {
    out +=
        "[test.integration]\nframework = \"common_test\"\ncommands = [[\"rebar3\", \"ct\", \"--cover\"]]\n\n";
  }
  out +=
      fmt::format("[[release.files]]\nfrom = \"{}\"\nto = \"files/\"  # check: the layout of the tarball\n\n",
                  parts.pack_from);
  out += "[publish.marketplace]\ndirectory = \"embedded\"\n";
  return out;
}

}  // namespace tcps
