#include "nodes/audit/http/http_client.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <regex>

namespace tcps::audit {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto exchange_time_max = std::chrono::seconds(20);
constexpr uint64_t body_bytes_max = 32u << 20;

}  // namespace

struct HttpClient::Impl {
  std::string host, port, prefix;
  asio::io_context context;
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;

  // Lets the one operation that was started come to its end; the stream's timeout ends it at the latest.
  beast::error_code finish(beast::error_code& error) {
    context.restart();
    context.run();
    return error;
  }

  beast::error_code connect() {
    beast::error_code error;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(host, port, error);
    if (error) return error;
    stream.emplace(context);
    buffer.clear();
    stream->expires_after(exchange_time_max);
    stream->async_connect(found, [&](beast::error_code result, const auto&) { error = result; });
    return finish(error);
  }

  beast::error_code exchange(const std::string& target, http::response_parser<http::string_body>& parser) {
    http::request<http::empty_body> request(http::verb::get, target, 11);
    request.set(http::field::host, host);
    request.set(http::field::user_agent, "tcps-audit");
    beast::error_code error;
    stream->expires_after(exchange_time_max);
    http::async_write(*stream, request, [&](beast::error_code result, size_t) { error = result; });
    if (finish(error)) return error;
    http::async_read(*stream, buffer, parser, [&](beast::error_code result, size_t) { error = result; });
    return finish(error);
  }
};

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::make(const std::string& url) {
  static const std::regex form(R"(http://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::([0-9]{1,5}))?(/[^\s?#]*)?)");
  std::smatch match;
  if (!std::regex_match(url, match, form))
    return fail(ErrorCode::invalid, fmt::format("{}: must be http://host[:port][/prefix]", url));
  auto impl = std::make_unique<Impl>();
  impl->host = match[1];
  if (impl->host.starts_with('[')) impl->host = impl->host.substr(1, impl->host.size() - 2);
  impl->port = match[2].matched ? match[2].str() : "80";
  impl->prefix = match[3];
  if (!impl->prefix.ends_with('/')) impl->prefix += '/';
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

Result<Bytes> HttpClient::get(const std::string& path) {
  const std::string target = impl_->prefix + path;
  beast::error_code error;
  // A kept connection may have been closed meanwhile: once more on a new one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool kept = impl_->stream.has_value();
    http::response_parser<http::string_body> parser;
    parser.body_limit(body_bytes_max);
    error = kept ? beast::error_code{} : impl_->connect();
    if (!error) error = impl_->exchange(target, parser);
    if (error || !parser.get().keep_alive()) impl_->stream.reset();
    if (error == http::error::body_limit) return fail(ErrorCode::full, target + ": is longer than 32 MiB");
    if (error && kept) continue;
    if (error) break;
    const unsigned status = parser.get().result_int();
    if (status == 200) return std::move(parser.get().body());
    const ErrorCode code = status == 404 || status == 410 ? ErrorCode::not_found : ErrorCode::refused;
    return fail(code, fmt::format("{}: the server answers {}", target, status));
  }
  return fail(ErrorCode::unavailable,
              fmt::format("{}:{}{}: {}", impl_->host, impl_->port, target, error.message()));
}

}  // namespace tcps::audit
