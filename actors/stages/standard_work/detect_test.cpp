#include "actors/stages/standard_work/detect.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tcps {
namespace {

struct Case {
  std::string file;
  BuildSystem system;
  std::string program;  // of the first build command
};

class DetectLineToml : public testing::TestWithParam<Case> {};

TEST_P(DetectLineToml, WritesAFileThatParsesForTheBuildSystemFound) {
  const Case& c = GetParam();
  auto text = detect_line_toml({"My Product_2", {"README.md", c.file, "src/main.txt"}});
  auto work = StandardWork::parse(text, "line.toml");
  ASSERT_TRUE(work) << work.error().message << "\n" << text;
  EXPECT_EQ(work->line.str(), "my-product-2");
  EXPECT_EQ(work->build.system, c.system);
  ASSERT_FALSE(work->build.commands.empty());
  EXPECT_EQ(work->build.commands[0][0], c.program);
  EXPECT_FALSE(work->build.compiler_version.empty());
  EXPECT_TRUE(work->test.unit);
  EXPECT_FALSE(work->knowledge);
}

INSTANTIATE_TEST_SUITE_P(BuildSystems, DetectLineToml,
                         testing::Values(Case{"CMakeLists.txt", BuildSystem::cmake, "cmake"},
                                         Case{"Makefile", BuildSystem::make, "make"},
                                         Case{"rebar.config", BuildSystem::rebar3, "rebar3"},
                                         Case{"package.json", BuildSystem::npm, "npm"},
                                         Case{"Cargo.toml", BuildSystem::cargo, "cargo"},
                                         Case{"go.mod", BuildSystem::go, "go"},
                                         Case{"pyproject.toml", BuildSystem::python, "python3"},
                                         Case{"setup.py", BuildSystem::python, "python3"}),
                         [](const auto& info) {
                           std::string name = info.param.file;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char ch) { return !std::isalnum(static_cast<unsigned char>(ch)); }, '_');
                           return name;
                         });

TEST(DetectLineToml, PrefersTheMoreSpecificSystemAndNamesTheOthers) {
  RepositoryListing listing{"x", {"Makefile", "rebar.config"}};
  EXPECT_EQ(detect_build_system(listing), BuildSystem::rebar3);
  EXPECT_NE(detect_line_toml(listing).find("also found Makefile"), std::string::npos);
}

TEST(DetectLineToml, LooksOnlyAtTheRoot) {
  EXPECT_EQ(detect_build_system({"x", {"vendor/CMakeLists.txt", "go.mod"}}), BuildSystem::go);
  EXPECT_EQ(detect_build_system({"x", {"vendor/CMakeLists.txt"}}), BuildSystem::custom);
}

TEST(DetectLineToml, AsksForCommandsWhenNothingIsKnown) {
  auto work = StandardWork::parse(detect_line_toml({"", {}}), "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->line.str(), "product");
  EXPECT_EQ(work->build.system, BuildSystem::custom);
}

TEST(DetectLineToml, NamesLockFilesAndSuitesThatArePresent) {
  auto work = StandardWork::parse(
      detect_line_toml({"x", {"rebar.config", "rebar.lock", "test/http_SUITE.erl"}}), "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->build.lock, std::vector<std::string>{"rebar.lock"});
  ASSERT_TRUE(work->test.integration);
  EXPECT_EQ(work->test.integration->framework, "common_test");
}

TEST(DetectLineToml, TakesUpOntologyShapesQueriesAndSchemas) {
  RepositoryListing listing{
      "x",
      {"go.mod", "ontology/a.ttl", "shapes/a.ttl", "sparql/transport_config.rq", "sparql/row.rq",
       "sparql/transport-config.rq", "schemas/transport_config.json", "templates/http.erl.tera"}};
  auto text = detect_line_toml(listing);
  auto work = StandardWork::parse(text, "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  ASSERT_TRUE(work->knowledge);
  EXPECT_EQ(work->knowledge->shapes, std::vector<std::string>{"shapes/*.ttl"});
  ASSERT_EQ(work->queries.size(), 3u);
  EXPECT_EQ(work->queries[0].name, "row-2");
  EXPECT_EQ(work->queries[1].name, "transport-config");
  EXPECT_EQ(work->queries[2].name, "transport-config-2");
  EXPECT_EQ(work->queries[2].schema, "schemas/transport_config.json");
  EXPECT_NE(text.find("# file = \"templates/http.erl.tera\""), std::string::npos);
}

RC_GTEST_PROP(DetectLineToml, ParsesWhateverTheRepositoryHolds,
              (std::string name, std::vector<std::string> files)) {
  for (auto& file : files) {
    if (*rc::gen::arbitrary<bool>())
      file = *rc::gen::element<std::string>("sparql/", "ontology/", "templates/") + file +
             *rc::gen::element<std::string>(".ttl", ".rq", ".tera");
  }
  files.push_back(*rc::gen::element<std::string>("CMakeLists.txt", "Makefile", "rebar.config", "package.json",
                                                 "ontology/a.ttl", "setup.py"));
  auto work = StandardWork::parse(detect_line_toml({name, files}), "line.toml");
  RC_ASSERT(work.has_value());
}

}  // namespace
}  // namespace tcps
