#include "nodes/http/client.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <optional>
#include <regex>

namespace tcps::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;

constexpr auto exchange_time_max = std::chrono::seconds(20);
constexpr uint64_t body_bytes_max = 32u << 20;

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

}  // namespace

struct Client::Impl {
  std::string host, port, prefix, token, agent;
  asio::io_context context;
  std::optional<asio::ssl::context> trust;  // of https
  std::optional<beast::tcp_stream> plain;
  std::optional<beast::ssl_stream<beast::tcp_stream>> secure;
  beast::flat_buffer buffer;

  bool connected() const { return plain || secure; }
  void disconnect() {
    plain.reset();
    secure.reset();
  }
  beast::tcp_stream& lowest() { return secure ? secure->next_layer() : *plain; }

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
    disconnect();
    if (trust) {
      secure.emplace(context, *trust);
    } else {
      plain.emplace(context);
    }
    buffer.clear();
    lowest().expires_after(exchange_time_max);
    lowest().async_connect(found, [&](beast::error_code result, const auto&) { error = result; });
    if (finish(error) || !secure) return error;
    // The name is what the certificate must be for, and tells a server of several names which is meant.
    beast::error_code no_address;
    asio::ip::make_address(host, no_address);
    if (no_address) SSL_set_tlsext_host_name(secure->native_handle(), host.c_str());
    secure->set_verify_callback(asio::ssl::host_name_verification(host));
    secure->async_handshake(asio::ssl::stream_base::client,
                            [&](beast::error_code result) { error = result; });
    return finish(error);
  }

  beast::error_code exchange(const std::string& target, wire::response_parser<wire::string_body>& parser) {
    wire::request<wire::empty_body> request(wire::verb::get, target, 11);
    request.set(wire::field::host, host);
    request.set(wire::field::user_agent, agent);
    if (!token.empty()) request.set(wire::field::authorization, "Bearer " + token);
    lowest().expires_after(exchange_time_max);
    return secure ? exchange(*secure, request, parser) : exchange(*plain, request, parser);
  }

  template <class Stream>
  beast::error_code exchange(Stream& stream, wire::request<wire::empty_body>& request,
                             wire::response_parser<wire::string_body>& parser) {
    beast::error_code error;
    wire::async_write(stream, request, [&](beast::error_code result, size_t) { error = result; });
    if (finish(error)) return error;
    wire::async_read(stream, buffer, parser, [&](beast::error_code result, size_t) { error = result; });
    return finish(error);
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::make(const ClientOptions& options) {
  static const std::regex form(
      R"((https?)://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::([0-9]{1,5}))?(/[^\s?#]*)?)");
  std::smatch match;
  if (!std::regex_match(options.url, match, form))
    return fail(ErrorCode::invalid, fmt::format("{}: must be http[s]://host[:port][/prefix]", options.url));
  auto impl = std::make_unique<Impl>();
  const bool secure = match[1] == "https";
  impl->host = match[2];
  if (impl->host.starts_with('[')) impl->host = impl->host.substr(1, impl->host.size() - 2);
  impl->port = match[3].matched ? match[3].str() : secure ? "443" : "80";
  impl->prefix = match[4];
  if (!impl->prefix.ends_with('/')) impl->prefix += '/';
  impl->token = options.token;
  impl->agent = options.agent;
  if (!secure && !options.token.empty() && !is_loopback(impl->host))
    return fail(
        ErrorCode::refused,
        fmt::format("{}: a token is not sent to another machine in the clear; use https://", options.url));
  if (!secure && !options.ca_file.empty())
    return fail(ErrorCode::invalid,
                fmt::format("{}: has no certificate that {} could vouch for; use https://", options.url,
                            options.ca_file));
  if (secure) {
    auto& trust = impl->trust.emplace(asio::ssl::context::tls_client);
    trust.set_verify_mode(asio::ssl::verify_peer);
    beast::error_code error;
    if (options.ca_file.empty()) {
      trust.set_default_verify_paths(error);
    } else {
      trust.load_verify_file(options.ca_file, error);
    }
    if (error)
      return fail(ErrorCode::invalid, fmt::format("certificates {}: {}", options.ca_file, error.message()));
  }
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

Result<Bytes> Client::get(const std::string& path) {
  const std::string target = impl_->prefix + path;
  beast::error_code error;
  // A kept connection may have been closed meanwhile: once more on a new one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool kept = impl_->connected();
    wire::response_parser<wire::string_body> parser;
    parser.body_limit(body_bytes_max);
    error = kept ? beast::error_code{} : impl_->connect();
    if (!error) error = impl_->exchange(target, parser);
    if (error || !parser.get().keep_alive()) impl_->disconnect();
    if (error == wire::error::body_limit) return fail(ErrorCode::full, target + ": is longer than 32 MiB");
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

}  // namespace tcps::http
