// A TCP connection, with TLS or without, that moves HTTP messages: what server and client have in common. For
// coroutines of one io_context that one thread runs. Everything it does has a time (expires_after); when that
// is over the connection ends, and what waits fails with beast::error::timeout.
//
// Messages are parsed and written here rather than by Beast's own operations: these are templates over kind
// of stream and kind of message, and took a minute and a half of every build.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tcps::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  using Error = boost::system::error_code;
  using Socket = boost::asio::ip::tcp::socket;
  using TlsContext = boost::asio::ssl::context;

  // With TLS unless `tls` is null. Reads at most bytes_max ahead: the longest message.
  static std::shared_ptr<Connection> make(Socket socket, TlsContext* tls, size_t bytes_max);
  ~Connection();

  void expires_after(std::chrono::seconds time);
  void expires_never();
  void close();  // what waits fails

  Awaitable<Error> connect(const boost::asio::ip::tcp::resolver::results_type& endpoints);
  // Without TLS nothing is to do. The host is what the certificate must be for.
  Awaitable<Error> greet_client();
  Awaitable<Error> greet_server(const std::string& host);
  // Until the message is complete; what came after it is kept for the next one. With Beast's errors of
  // parsing, end_of_stream when the other side has ended before a byte of it. A message that lasts until
  // the other side ends is complete with TLS's farewell only: who cuts the wire makes none shorter.
  template <bool is_request>
  Awaitable<Error> read(boost::beast::http::basic_parser<is_request>& parser);
  // Until its head is complete; read() goes on with the body.
  template <bool is_request>
  Awaitable<Error> read_head(boost::beast::http::basic_parser<is_request>& parser);
  bool has_more() const { return buffer_.size() > 0; }  // bytes came that belong to no message read so far
  Awaitable<Error> write(std::string_view bytes);
  // Says that nothing follows.
  Awaitable<void> part();

 private:
  struct Tls;
  Connection(Socket socket, TlsContext* tls, size_t bytes_max);
  template <bool is_request>
  Awaitable<Error> feed(boost::beast::http::basic_parser<is_request>& parser, bool head_only);
  Awaitable<Error> read_more();
  Error outcome(Error error) const;

  Socket socket_;
  std::unique_ptr<Tls> tls_;
  boost::asio::steady_timer time_;
  bool expired_ = false;
  boost::beast::flat_buffer buffer_;
};

}  // namespace tcps::http
