#include "nodes/http/http_server.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

namespace tcps::audit {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto request_time_max = std::chrono::seconds(30);
constexpr uint32_t header_bytes_max = 8192;

http::response<http::string_body> to_beast(const HttpResponse& answer, bool keep_alive) {
  http::response<http::string_body> response;
  response.version(11);
  response.result(answer.status);
  response.set(http::field::content_type, answer.content_type);
  response.keep_alive(keep_alive);
  response.body() = answer.body;
  response.prepare_payload();
  return response;
}

}  // namespace

struct HttpServer::Impl {
  Impl(const HttpServerOptions& given, Handler handle) : options(given), handler(std::move(handle)) {}

  asio::awaitable<void> serve(beast::tcp_stream stream) {
    beast::flat_buffer buffer;
    for (bool going = true; going;) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(header_bytes_max);
      parser.body_limit(options.body_bytes_max);
      stream.expires_after(request_time_max);
      HttpResponse answer;
      beast::error_code error;
      co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
      if (error == http::error::end_of_stream || error == beast::error::timeout) break;
      if (error) {
        answer = {error == http::error::body_limit ? 413u : 400u, "text/plain; charset=utf-8",
                  "malformed request\n"};
        going = false;
      } else {
        const auto& request = parser.get();
        going = request.keep_alive();
        answer =
            handler({std::string(request.method_string()), std::string(request.target()), request.body()});
      }
      auto response = to_beast(answer, going);
      co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
    }
    beast::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  asio::awaitable<void> accept() {
    for (;;) {
      beast::error_code error;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error || connections == options.connections_max) continue;  // dropped: the client tries again
      ++connections;
      asio::co_spawn(context, serve(beast::tcp_stream(std::move(socket))),
                     [this](const std::exception_ptr&) { --connections; });
    }
  }

  HttpServerOptions options;
  Handler handler;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  size_t connections = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpServerOptions& options, Handler handler) {
  beast::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return fail(ErrorCode::invalid, fmt::format("{}: is not an IP address", options.address));
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  const tcp::endpoint endpoint(address, options.port);
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(ErrorCode::io, fmt::format("{}:{}: {}", options.address, options.port, error.message()));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::stop() { impl_->context.stop(); }

uint16_t HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void HttpServer::run() {
  asio::signal_set signals(impl_->context, SIGINT, SIGTERM);
  signals.async_wait([this](const beast::error_code&, int) { impl_->context.stop(); });
  asio::co_spawn(impl_->context, impl_->accept(), asio::detached);
  impl_->context.run();
}

}  // namespace tcps::audit
