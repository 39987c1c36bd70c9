#include "actors/engines/archive/glob.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tcps::archive {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto glob = Glob::parse(pattern);
  EXPECT_TRUE(glob.has_value()) << pattern;
  return glob && glob->matches(path);
}

struct Case {
  const char* pattern;
  const char* path;
  bool expected;
};

TEST(Glob, MatchesAsPeopleExpect) {
  for (const auto& [pattern, path, expected] : std::vector<Case>{
           {"a", "a", true},
           {"a", "b", false},
           {"a", "a/b", false},
           {"*", "abc", true},
           {"*", "a/b", false},
           {"*.cpp", "x.cpp", true},
           {"*.cpp", ".cpp", true},
           {"*.cpp", "x.cppx", false},
           {"a?c", "abc", true},
           {"a?c", "ac", false},
           {"?", "/", false},
           {"**", "a", true},
           {"**", "a/b/c", true},
           {"src/**", "src/a/b", true},
           {"src/**", "src", true},
           {"src/**", "srcs", false},
           {"**/x", "x", true},
           {"**/x", "a/b/x", true},
           {"**/x", "a/bx", false},
           {"a/**/z", "a/z", true},
           {"a/**/z", "a/b/c/z", true},
           {"a/**/z", "a/b/c", false},
           {"**/*.h", "a/b.h", true},
           {"a*b*c", "aXbYbZc", true},
           {"a*b*c", "aXbYbZ", false},
           {"**/a/**/b", "x/a/y/a/b", true},
           {"A", "a", false},
           {"[a]", "a", false},
       }) {
    EXPECT_EQ(matches(pattern, path), expected) << pattern << " on " << path;
  }
}

TEST(Glob, RefusesPatternsThatCannotMeanAPath) {
  for (const auto* pattern : {"", "/a", "a/", "a//b", "a/../b", "./a", "a**", "**b/c"}) {
    const auto glob = Glob::parse(pattern);
    ASSERT_FALSE(glob.has_value()) << pattern;
    EXPECT_EQ(glob.error().code, ErrorCode::invalid);
  }
  EXPECT_FALSE(Glob::parse(std::string(1025, 'a')).has_value());
}

TEST(Glob, StaysFastOnHostilePatterns) {
  std::string pattern, path;
  for (int i = 0; i < 100; ++i) pattern += "**/a*/";
  for (int i = 0; i < 1000; ++i) path += "a/";
  EXPECT_FALSE(matches(pattern + "b", path + "c"));
  EXPECT_FALSE(
      matches(std::string(500, '*').replace(1, 499, std::string(499, '?')) + "b", std::string(5000, 'a')));
}

// The obvious exponential definition.
bool naive(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == '*') {
    if (naive(pattern.substr(1), path)) return true;
    return !path.empty() && path.front() != '/' && naive(pattern, path.substr(1));
  }
  if (path.empty()) return false;
  const bool same = pattern.front() == '?' ? path.front() != '/' : pattern.front() == path.front();
  return same && naive(pattern.substr(1), path.substr(1));
}

// One to four segments of one to four characters.
rc::Gen<std::string> paths_of(const std::string& alphabet) {
  const auto segment =
      rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(alphabet))));
  return rc::gen::map(
      rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(segment))),
      [](const std::vector<std::string>& segments) {
        std::string path;
        for (const auto& name : segments) path += (path.empty() ? "" : "/") + name;
        return path;
      });
}

RC_GTEST_PROP(Glob, AgreesWithTheNaiveMatcherWithoutDoubleStars, ()) {
  auto pattern = *paths_of("ab*?");
  pattern.erase(
      std::unique(pattern.begin(), pattern.end(), [](char a, char b) { return a == '*' && b == '*'; }),
      pattern.end());
  const auto path = *paths_of("ab");
  const auto glob = Glob::parse(pattern);
  RC_ASSERT(glob.has_value());
  RC_ASSERT(glob->matches(path) == naive(pattern, path));
}

TEST(Globs, MatchWhenAnyOfThemDoes) {
  const auto globs = parse_globs({"src/**", "*.md"});
  ASSERT_TRUE(globs.has_value());
  EXPECT_TRUE(any_matches(*globs, "README.md"));
  EXPECT_TRUE(any_matches(*globs, "src/a.c"));
  EXPECT_FALSE(any_matches(*globs, "docs/README.md"));
  EXPECT_FALSE(parse_globs({"ok", "../no"}).has_value());
}

}  // namespace
}  // namespace tcps::archive
