#include "actors/stages/release/release_tree.h"

#include <gtest/gtest.h>

namespace tcps {
namespace {

reports::Checksums files(const std::vector<std::string>& paths) {
  reports::Checksums manifest;
  for (const auto& path : paths) manifest.files[path] = {Digest::of(path), 1};
  return manifest;
}

TEST(ReleaseTree, PutsFilesWhereTheRulesSay) {
  const struct {
    ReleaseFile rule;
    std::string path, expected;
  } cases[] = {
      {{"build/server", "bin/server"}, "build/server", "bin/server"},
      {{"build/server", "bin/"}, "build/server", "bin/server"},
      {{"docs/*", "share/doc/"}, "docs/a.md", "share/doc/a.md"},
      {{"docs/**", "share/"}, "docs/deep/a.md", "share/deep/a.md"},
      {{"lib/v?/**/*.beam", "ebin/"}, "lib/v1/x/a.beam", "ebin/v1/x/a.beam"},
      {{"*.txt", "texts/"}, "a.txt", "texts/a.txt"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(release_path(one.rule, one.path), one.expected);
    const auto plan = plan_release({one.rule}, files({one.path, "other"}));
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    EXPECT_EQ(*plan, (std::map<std::string, std::string>{{one.expected, one.path}}));
  }
}

TEST(ReleaseTree, RefusesRulesThatCannotBeKept) {
  const auto tree = files({"a/x", "b/x"});
  const struct {
    std::vector<ReleaseFile> rules;
    ErrorCode code;
  } cases[] = {
      {{{"absent", "bin/absent"}}, ErrorCode::not_found},
      {{{"a/*", "bin/"}, {"b/*", "bin/"}}, ErrorCode::conflict},
      {{{"*/x", "one"}}, ErrorCode::conflict},
      {{{"a/x", "../x"}}, ErrorCode::invalid},
      {{{"../*", "x/"}}, ErrorCode::invalid},
  };
  for (const auto& one : cases) {
    const auto plan = plan_release(one.rules, tree);
    ASSERT_FALSE(plan.has_value()) << one.rules.front().from;
    EXPECT_EQ(plan.error().code, one.code) << plan.error().message;
  }
}

TEST(ReleaseTree, TakesOneFileTwiceToOnePlace) {
  EXPECT_EQ(plan_release({{"a/x", "bin/x"}, {"a/*", "bin/"}}, files({"a/x"}))->size(), 1u);
}

}  // namespace
}  // namespace tcps
