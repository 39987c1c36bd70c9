#include "nodes/http/base_url.h"

#include <fmt/format.h>

#include <optional>

#include "messages/text.h"
#include "messages/text_scanner.h"

namespace tcps::http {
namespace {

constexpr uint16_t port_of_scheme(bool secure) { return secure ? 443 : 80; }

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' || c == '-';
}

bool is_of_ipv6(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
}

bool is_of_prefix(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '?' && c != '#';
}

std::optional<std::string> take_host(TextScanner& scanner) {
  const bool bracketed = scanner.take('[');
  const auto host = scanner.take_while(bracketed ? is_of_ipv6 : is_of_name);
  if (host.empty() || (bracketed && !scanner.take(']'))) return std::nullopt;
  return std::string(host);
}

std::optional<BaseUrl> read(std::string_view text) {
  TextScanner scanner(text);
  BaseUrl url;
  url.secure = scanner.take("https://");
  if (!url.secure && !scanner.take("http://")) return std::nullopt;
  auto host = take_host(scanner);
  if (!host) return std::nullopt;
  url.host = std::move(*host);
  url.port = port_of_scheme(url.secure);
  if (scanner.take(':')) {
    const auto port = whole_number<uint16_t>(scanner.digits());
    if (!port || *port == 0) return std::nullopt;
    url.port = *port;
  }
  if (!scanner.done() && !scanner.sees('/')) return std::nullopt;
  url.prefix = scanner.take_while(is_of_prefix);
  if (!scanner.done()) return std::nullopt;
  if (!url.prefix.ends_with('/')) url.prefix += '/';
  return url;
}

}  // namespace

std::string BaseUrl::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  const std::string name = is_ipv6 ? "[" + host + "]" : host;
  return port == port_of_scheme(secure) ? name : fmt::format("{}:{}", name, port);
}

Result<BaseUrl> BaseUrl::parse(std::string_view text) {
  if (text.size() > base_url_bytes_max)
    return fail(ErrorCode::invalid,
                fmt::format("an address of {} bytes: may have {}", text.size(), base_url_bytes_max));
  auto url = read(text);
  if (!url) return fail(ErrorCode::invalid, fmt::format("{}: must be http[s]://host[:port][/prefix]", text));
  return std::move(*url);
}

}  // namespace tcps::http
