#include "nodes/gateway/request_target.h"

#include <gtest/gtest.h>

namespace tcps::gateway {
namespace {

TEST(RequestTarget, IsReadAsSegmentsAndParameters) {
  const auto target = RequestTarget::parse("/v1/receipts?stage=build&limit=5&title=a%20b+c&empty&page=");
  ASSERT_TRUE(target.has_value()) << target.error().message;
  EXPECT_EQ(target->segments, (std::vector<std::string>{"v1", "receipts"}));
  EXPECT_EQ(target->path(), "v1/receipts");
  EXPECT_EQ(target->parameters,
            (std::map<std::string, std::string>{
                {"stage", "build"}, {"limit", "5"}, {"title", "a b c"}, {"empty", ""}, {"page", ""}}));
  EXPECT_EQ(RequestTarget::parse("/")->segments.size(), 0u);
  EXPECT_EQ(RequestTarget::parse("/tile/0/x001/234.p/5")->path(), "tile/0/x001/234.p/5");
  EXPECT_EQ(RequestTarget::parse("/v1/trace/sha256:ab")->segments[2], "sha256:ab");
  EXPECT_EQ(RequestTarget::parse("/a%C3%BC")->segments[0], "a\xc3\xbc");
}

TEST(RequestTarget, IsRefusedWhenItIsMalformed) {
  for (const char* text : {"",           "v1",      "http://host/v1", "//",        "/a//b",
                           "/a/",        "/./a",    "/a/..",          "/%2e%2e/a", "/a%2Fb",
                           "/%",         "/%4",     "/%zz",           "/a b",      "/a\x01",
                           "/%00",       "/%0a",    "/%7f",           "/%ff",      "/%c3",
                           "/%ed%a0%80", "/%c0%af", "/%f4%90%80%80",  "/a#b",      "/a?x=1&x=2",
                           "/a?=1",      "/a?x=%",  "/a?x=\"",        "/a?x=1=2"}) {
    EXPECT_FALSE(RequestTarget::parse(text).has_value()) << text;
  }
  EXPECT_FALSE(RequestTarget::parse(std::string_view("/\0", 2)).has_value());
  EXPECT_FALSE(RequestTarget::parse("/" + std::string(target_bytes_max, 'a')).has_value());
  std::string deep, many = "/?a=";
  for (size_t i = 0; i <= segments_max; ++i) deep += "/a";
  for (size_t i = 0; i <= parameters_max; ++i) many += "&p" + std::to_string(i) + "=";
  EXPECT_FALSE(RequestTarget::parse(deep).has_value());
  EXPECT_FALSE(RequestTarget::parse(many).has_value());
}

TEST(RequestTarget, IsReadAgainFromItsOwnForm) {
  for (const char* text : {"/", "/v1/status", "/v1/receipts?from=2026-01-26T10:00:00Z&page=00ff",
                           "/a+b?x=%2B%26%3D", "/%E2%82%AC?%C3%BC=%20"}) {
    const auto target = RequestTarget::parse(text);
    ASSERT_TRUE(target.has_value()) << text;
    const auto again = RequestTarget::parse(target->format());
    ASSERT_TRUE(again.has_value()) << target->format();
    EXPECT_EQ(*again, *target) << target->format();
  }
}

}  // namespace
}  // namespace tcps::gateway
