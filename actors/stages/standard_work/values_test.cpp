#include "actors/stages/standard_work/values.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

namespace tcps::line_toml {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsOneNumberAndOneUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("90s"), milliseconds(90'000));
  EXPECT_EQ(parse_duration("10m"), milliseconds(600'000));
  EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
  EXPECT_EQ(parse_duration("876000h"), milliseconds(876'000LL * 3'600'000));  // a hundred years
  EXPECT_FALSE(parse_duration("876001h"));
}

TEST(Duration, RefusesOtherNotations) {
  for (auto text : {"", "10", "m", "-1s", "+1s", "1.5h", "10 m", "1h30m", "10M", "99999999999h",
                    "99999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

RC_GTEST_PROP(Duration, ReadsBackWhatItWrites, ()) {
  auto duration = milliseconds(*rc::gen::inRange<int64_t>(0, 1'000'000'000));
  RC_ASSERT(parse_duration(format_duration(duration)) == duration);
}

TEST(RepositoryPath, StaysInsideTheRepository) {
  for (auto text : {"a", "a/b.ttl", "ontology/*.ttl", "folder/", "{{ row.name }}.erl", "...", "a..b"}) {
    EXPECT_TRUE(is_repository_path(text)) << text;
  }
  for (auto text : {"", "/a", "../a", "a/../b", "a/..", "./a", "a//b", "a\\b", "a\nb", "/"}) {
    EXPECT_FALSE(is_repository_path(text)) << text;
  }
  EXPECT_FALSE(is_repository_path(std::string(513, 'a')));
}

TEST(AbsolutePath, StartsAtTheRoot) {
  for (auto text : {"/", "/usr", "/usr/lib/"}) EXPECT_TRUE(is_absolute_path(text)) << text;
  for (auto text : {"", "usr", "/usr/../etc", "//", "/a//b"}) EXPECT_FALSE(is_absolute_path(text)) << text;
}

TEST(Glob, ClosesItsBrackets) {
  for (auto text : {"**", "src/**/*.erl", "a[0-9].c", "a?b"}) EXPECT_TRUE(is_glob(text)) << text;
  for (auto text : {"a[", "a[/]b", "../*"}) EXPECT_FALSE(is_glob(text)) << text;
}

TEST(HostAndPort, NeedsBoth) {
  for (auto text : {"localhost:5000", "registry.example:443", "127.0.0.1:1", "[::1]:65535"}) {
    EXPECT_TRUE(is_host_and_port(text)) << text;
  }
  for (auto text : {"", "localhost", ":5000", "host:", "host:0", "host:65536", "ho st:1", "http://host:1",
                    "[]:1", "[zz]:1"}) {
    EXPECT_FALSE(is_host_and_port(text)) << text;
  }
}

TEST(NearestName, SuggestsWithinTwoEdits) {
  std::array<std::string_view, 3> known = {"limit", "workers", "slo"};
  EXPECT_EQ(nearest_name("limt", known), "limit");
  EXPECT_EQ(nearest_name("worker", known), "workers");
  EXPECT_FALSE(nearest_name("heijunka", known));
  EXPECT_FALSE(nearest_name(std::string(1000, 'x'), known));
}

}  // namespace
}  // namespace tcps::line_toml
