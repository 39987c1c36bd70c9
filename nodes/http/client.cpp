#include "nodes/http/client.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <optional>
#include <sstream>

#include "nodes/http/base_url.h"
#include "nodes/http/connection.h"

namespace tcps::http {
namespace {

namespace asio = boost::asio;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using ResponseParser = wire::response_parser<wire::string_body>;

constexpr auto exchange_time_max = std::chrono::seconds(20);
constexpr uint64_t body_bytes_max = 32u << 20;
constexpr size_t message_bytes_max = body_bytes_max + (1u << 16);

constexpr int answers_max = 8;  // interim ones among them

// Another answer follows (RFC 9110, 15.2); nobody asked to switch protocols (101).
bool is_interim(unsigned status) { return status >= 100 && status < 200 && status != 101; }

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

}  // namespace

struct Client::Impl {
  BaseUrl url;
  std::string token, agent;
  asio::io_context context{1};
  std::optional<asio::ssl::context> trust;  // of https
  std::shared_ptr<Connection> connection;   // kept for the next request

  asio::awaitable<error_code> connect() {
    error_code error;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(url.host, std::to_string(url.port), error);
    if (error) co_return error;
    connection = Connection::make(tcp::socket(context), trust ? &*trust : nullptr, message_bytes_max);
    connection->expires_after(exchange_time_max);
    error = co_await connection->connect(found);
    if (!error) error = co_await connection->greet_server(url.host);
    co_return error;
  }

  asio::awaitable<error_code> exchange(const std::string& target, std::optional<ResponseParser>& parser) {
    error_code error;
    if (!connection) error = co_await connect();
    if (error) co_return error;
    const auto request = request_for(target);
    connection->expires_after(exchange_time_max);
    error = co_await connection->write(request);
    for (int read = 0; !error && read < answers_max; ++read) {
      parser.emplace();
      parser->body_limit(body_bytes_max);
      error = co_await connection->read(*parser);
      if (!error && !is_interim(parser->get().result_int())) co_return error;
    }
    co_return error ? error : wire::error::bad_status;
  }

  std::string request_for(const std::string& target) const {
    wire::request<wire::empty_body> request(wire::verb::get, target, 11);
    request.set(wire::field::host, url.authority());
    request.set(wire::field::user_agent, agent);
    if (!token.empty()) request.set(wire::field::authorization, "Bearer " + token);
    std::ostringstream head;
    head << request.base();
    return head.str();
  }

  // To its end; the connection's time ends it at the latest, once the name was looked up.
  error_code run(asio::awaitable<error_code> exchanged) {
    std::optional<error_code> error;
    asio::co_spawn(context, std::move(exchanged), [&](const std::exception_ptr& thrown, error_code result) {
      namespace errc = boost::system::errc;
      error = thrown ? errc::make_error_code(errc::io_error) : result;  // memory or OpenSSL
    });
    context.restart();
    while (!error) context.run_one();
    return *error;
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::make(const ClientOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->url = TCPS_TRY(BaseUrl::parse(options.url));
  impl->token = options.token;
  impl->agent = options.agent;
  if (!impl->url.secure && !options.token.empty() && !is_loopback(impl->url.host))
    return fail(
        ErrorCode::refused,
        fmt::format("{}: a token is not sent to another machine in the clear; use https://", options.url));
  if (!impl->url.secure && !options.ca_file.empty())
    return fail(ErrorCode::invalid,
                fmt::format("{}: has no certificate that {} could vouch for; use https://", options.url,
                            options.ca_file));
  if (impl->url.secure) {
    auto& trust = impl->trust.emplace(asio::ssl::context::tls_client);
    trust.set_verify_mode(asio::ssl::verify_peer);
    error_code error;
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
  const std::string target = impl_->url.prefix + path;
  error_code error;
  // A kept connection may have been closed meanwhile: once more on a new one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool kept = impl_->connection != nullptr;
    std::optional<ResponseParser> parser;
    error = impl_->run(impl_->exchange(target, parser));
    if (error || !parser->get().keep_alive() || impl_->connection->has_more()) impl_->connection.reset();
    if (error == wire::error::body_limit) return fail(ErrorCode::full, target + ": is longer than 32 MiB");
    if (error && kept) continue;
    if (error) break;
    const unsigned status = parser->get().result_int();
    if (status == 200 && parser->get().find(wire::field::content_encoding) != parser->get().end())
      return fail(ErrorCode::refused, target + ": the server answers in a coding that nobody asked for");
    if (status == 200) return std::move(parser->get().body());
    const ErrorCode code = status == 404 || status == 410 ? ErrorCode::not_found : ErrorCode::refused;
    return fail(code, fmt::format("{}: the server answers {}", target, status));
  }
  return fail(ErrorCode::unavailable,
              fmt::format("{}{}: {}", impl_->url.authority(), target, error.message()));
}

}  // namespace tcps::http
