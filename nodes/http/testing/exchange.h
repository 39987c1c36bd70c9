// A small blocking HTTP client, for tests of what is served.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <map>
#include <string>

namespace tcps::http::testing {

struct HttpReply {
  unsigned status = 0;  // 0: the connection ended without an answer
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

// Sends exact bytes, and reads what comes until the peer ends the connection or the time is over.
inline std::string exchange(uint16_t port, const std::string& bytes,
                            std::chrono::seconds limit = std::chrono::seconds(10)) {
  namespace asio = boost::asio;
  asio::io_context context;
  boost::beast::tcp_stream stream(context);
  stream.socket().connect({asio::ip::address_v4::loopback(), port});
  boost::system::error_code error;
  asio::write(stream.socket(), asio::buffer(bytes), error);
  std::string received(1 << 20, '\0');
  size_t length = 0;
  stream.expires_after(limit);
  asio::async_read(stream, asio::buffer(received),
                   [&](boost::system::error_code, size_t read) { length = read; });
  context.run();
  received.resize(length);
  return received;
}

// One request on a connection of its own. `tls`: over TLS, without looking at the certificate.
inline HttpReply request(uint16_t port, const std::string& target,
                         const std::map<std::string, std::string>& fields = {}, bool tls = false,
                         boost::beast::http::verb verb = boost::beast::http::verb::get) {
  namespace asio = boost::asio;
  namespace http = boost::beast::http;
  http::request<http::empty_body> asked{verb, target, 11};
  asked.set(http::field::host, "127.0.0.1");
  asked.set(http::field::connection, "close");
  for (const auto& [name, value] : fields) asked.set(name, value);
  HttpReply reply;
  asio::io_context context;
  asio::ssl::context trust(asio::ssl::context::tls_client);
  const auto talk = [&](auto& stream) {
    boost::system::error_code error;
    http::write(stream, asked, error);
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    if (verb == http::verb::head) parser.skip(true);
    http::read(stream, buffer, parser, error);
    if (error) return;
    reply.status = parser.get().result_int();
    reply.body = parser.get().body();
    for (const auto& field : parser.get()) {
      std::string name(field.name_string());
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      reply.headers[name] = std::string(field.value());
    }
  };
  asio::ip::tcp::socket socket(context);
  boost::system::error_code error;
  socket.connect({asio::ip::address_v4::loopback(), port}, error);
  if (error) return reply;
  if (tls) {
    asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), trust);
    stream.handshake(asio::ssl::stream_base::client, error);
    if (!error) talk(stream);
  } else {
    talk(socket);
  }
  return reply;
}

}  // namespace tcps::http::testing
