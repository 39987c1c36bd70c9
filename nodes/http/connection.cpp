#include "nodes/http/connection.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

namespace tcps::http {

namespace asio = boost::asio;
namespace wire = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

constexpr size_t read_bytes_max = 64u << 10;

struct Connection::Tls : asio::ssl::stream<tcp::socket&> {
  using stream::stream;
};

Connection::Connection(Socket socket, TlsContext* tls, size_t bytes_max)
    : socket_(std::move(socket)),
      tls_(tls ? std::make_unique<Tls>(socket_, *tls) : nullptr),
      time_(socket_.get_executor()),
      buffer_(bytes_max) {}

std::shared_ptr<Connection> Connection::make(Socket socket, TlsContext* tls, size_t bytes_max) {
  return std::shared_ptr<Connection>(new Connection(std::move(socket), tls, bytes_max));
}

Connection::~Connection() = default;

void Connection::expires_after(std::chrono::seconds time) {
  time_.expires_after(time);
  time_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || !self) return;
    // It may have been set anew while this was on its way.
    if (self->time_.expiry() > std::chrono::steady_clock::now()) return;
    self->expired_ = true;
    self->close();
  });
}

void Connection::expires_never() { time_.expires_at(std::chrono::steady_clock::time_point::max()); }

void Connection::close() {
  Error ignored;
  socket_.close(ignored);
}

Connection::Error Connection::outcome(Error error) const {
  return error && expired_ ? Error(boost::beast::error::timeout) : error;
}

Connection::Awaitable<Connection::Error> Connection::connect(const tcp::resolver::results_type& endpoints) {
  Error error;
  co_await asio::async_connect(socket_, endpoints, asio::redirect_error(use_awaitable, error));
  co_return outcome(error);
}

Connection::Awaitable<Connection::Error> Connection::greet_client() {
  Error error;
  if (tls_)
    co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(use_awaitable, error));
  co_return outcome(error);
}

Connection::Awaitable<Connection::Error> Connection::greet_server(const std::string& host) {
  Error error;
  if (!tls_) co_return error;
  // The name tells a server of several names which is meant; an address is none.
  Error no_address;
  asio::ip::make_address(host, no_address);
  if (no_address) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  co_await tls_->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_awaitable, error));
  co_return outcome(error);
}

Connection::Awaitable<Connection::Error> Connection::read_more() {
  Error error;
  const size_t room = std::min(read_bytes_max, buffer_.max_size() - buffer_.size());
  if (room == 0) co_return wire::error::buffer_overflow;
  const auto into = buffer_.prepare(room);
  size_t count = 0;
  if (tls_) {
    count = co_await tls_->async_read_some(into, asio::redirect_error(use_awaitable, error));
  } else {
    count = co_await socket_.async_read_some(into, asio::redirect_error(use_awaitable, error));
  }
  buffer_.commit(count);
  co_return outcome(error);
}

template <bool is_request>
Connection::Awaitable<Connection::Error> Connection::read(wire::basic_parser<is_request>& parser) {
  return feed(parser, false);
}

template <bool is_request>
Connection::Awaitable<Connection::Error> Connection::read_head(wire::basic_parser<is_request>& parser) {
  return feed(parser, true);
}

template <bool is_request>
Connection::Awaitable<Connection::Error> Connection::feed(wire::basic_parser<is_request>& parser,
                                                          bool head_only) {
  parser.eager(!head_only);
  const auto complete = [&] { return parser.is_done() || (head_only && parser.is_header_done()); };
  while (!complete()) {
    Error error;
    if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), error));
    if (error == wire::error::need_more) error = {};
    if (error) co_return error;
    if (complete()) break;
    error = co_await read_more();
    const bool cut = error == asio::ssl::error::stream_truncated;  // TLS without a farewell: by anybody
    if ((cut || error == asio::error::eof) && !parser.got_some()) co_return wire::error::end_of_stream;
    if (error == asio::error::eof) {
      error = {};
      parser.put_eof(error);
      co_return error;
    }
    if (error) co_return error;
  }
  co_return Error{};
}

template Connection::Awaitable<Connection::Error> Connection::read(wire::basic_parser<true>&);
template Connection::Awaitable<Connection::Error> Connection::read(wire::basic_parser<false>&);
template Connection::Awaitable<Connection::Error> Connection::read_head(wire::basic_parser<true>&);

Connection::Awaitable<Connection::Error> Connection::write(std::string_view bytes) {
  Error error;
  const auto from = asio::buffer(bytes.data(), bytes.size());
  if (tls_) {
    co_await asio::async_write(*tls_, from, asio::redirect_error(use_awaitable, error));
  } else {
    co_await asio::async_write(socket_, from, asio::redirect_error(use_awaitable, error));
  }
  co_return outcome(error);
}

Connection::Awaitable<void> Connection::part() {
  Error ignored;
  if (tls_) {
    co_await tls_->async_shutdown(asio::redirect_error(use_awaitable, ignored));
  } else {
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
}

}  // namespace tcps::http
