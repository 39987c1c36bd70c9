#include "nodes/http/base_url.h"

#include <gtest/gtest.h>

namespace tcps::http {
namespace {

TEST(BaseUrl, IsReadInItsParts) {
  const std::pair<std::string, BaseUrl> cases[] = {
      {"http://h", {false, "h", 80, "/"}},
      {"https://h", {true, "h", 443, "/"}},
      {"https://log.example.org:8443/logs/a/", {true, "log.example.org", 8443, "/logs/a/"}},
      {"http://[::1]:80/x", {false, "::1", 80, "/x/"}},
      {"https://[2001:DB8::a]", {true, "2001:DB8::a", 443, "/"}},
      {"http://127.0.0.1:08080", {false, "127.0.0.1", 8080, "/"}},
      {"http://h/", {false, "h", 80, "/"}},
      {"http://h/\xc3\xa4:[@]//", {false, "h", 80, "/\xc3\xa4:[@]//"}},
  };
  for (const auto& [text, url] : cases) EXPECT_EQ(BaseUrl::parse(text).value(), url) << text;
}

TEST(BaseUrl, IsRefusedWhenItIsAnythingElse) {
  for (const char* text : {"",
                           "h",
                           "http",
                           "http:",
                           "http:/",
                           "http://",
                           "https://",
                           "ftp://h",
                           "HTTP://h",
                           " http://h",
                           "http://h ",
                           "http://h/a b",
                           "http://h/a?b",
                           "http://h/a#b",
                           "http://h?b",
                           "http://h/\x01",
                           "http://h/\x7f",
                           "http://h/\r\nx",
                           "http://:80",
                           "http://h:",
                           "http://h:/",
                           "http://h:123456",
                           "http://h:65536",
                           "http://h:0",
                           "http://h:8o",
                           "http://h:-1",
                           "http://u@h",
                           "http://u:1@h",
                           "http://h_h",
                           "http://[",
                           "http://[]",
                           "http://[::1",
                           "http://[h]",
                           "http://::1",
                           "http://[::1]x",
                           "http://\xc3\xa4"}) {
    const auto url = BaseUrl::parse(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, ErrorCode::invalid) << text;
  }
  EXPECT_FALSE(BaseUrl::parse(std::string_view("http://h/\0", 10)).has_value());
}

TEST(BaseUrl, NamesItsServerAsTheFieldHostDoes) {
  const std::pair<const char*, const char*> cases[] = {{"http://h", "h"},
                                                       {"http://h:80", "h"},
                                                       {"http://h:443", "h:443"},
                                                       {"https://h:443", "h"},
                                                       {"http://[::1]", "[::1]"},
                                                       {"https://[::1]:8443/x", "[::1]:8443"},
                                                       {"http://h:65535", "h:65535"}};
  for (const auto& [text, authority] : cases) EXPECT_EQ(BaseUrl::parse(text)->authority(), authority) << text;
}

TEST(BaseUrl, IsBounded) {
  std::string text = "http://h/";
  text.resize(base_url_bytes_max, 'a');
  EXPECT_TRUE(BaseUrl::parse(text).has_value());
  EXPECT_FALSE(BaseUrl::parse(text + 'a').has_value());
}

}  // namespace
}  // namespace tcps::http
