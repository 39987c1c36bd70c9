#include "nodes/http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <thread>

#include "nodes/http/server.h"
#include "nodes/http/testing/tls_certificate.h"
#include "tests/support/temporary_folder.h"

namespace tcps::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

class HttpClient : public ::testing::Test {
 protected:
  void serve() {
    auto started = Server::start(server_options, [this](const Request& request) -> Reply {
      std::lock_guard lock(mutex);
      asked.push_back(request);
      return answer;
    });
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server = std::move(*started);
    if (options.url.empty()) options.url = server->url() + "/logs/a";
  }
  std::unique_ptr<Client> client() {
    auto made = Client::make(options);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made ? std::move(*made) : nullptr;
  }
  ErrorCode error() {
    auto got = client()->get("checkpoint");
    EXPECT_FALSE(got.has_value());
    return got ? ErrorCode::invalid : got.error().code;
  }

  test::TemporaryFolder folder;
  ServerOptions server_options;
  ClientOptions options;
  Response answer;
  std::mutex mutex;
  std::vector<Request> asked;
  std::unique_ptr<Server> server;
};

TEST_F(HttpClient, FetchesWhatLiesBelowItsAddress) {
  answer.body = "text";
  options.token = "secret";
  options.agent = "a test";
  serve();
  EXPECT_EQ(client()->get("tile/0/000").value(), "text");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].method + " " + asked[0].target, "GET /logs/a/tile/0/000");
  EXPECT_EQ(asked[0].field("authorization"), "Bearer secret");
  EXPECT_EQ(asked[0].field("user-agent"), "a test");
}

TEST_F(HttpClient, KeepsItsConnectionAndMakesANewOneWhenTheServerClosedIt) {
  server_options.connections_max = 1;
  serve();
  auto one = client();
  ASSERT_TRUE(one->get("a").has_value());
  ASSERT_TRUE(one->get("b").has_value()) << "a second connection would not be taken";
  server_options.port = server->port();
  server.reset();
  serve();
  EXPECT_TRUE(one->get("c").has_value());
}

TEST_F(HttpClient, TellsStatusesApart) {
  serve();
  for (const auto& [status, code] : {std::pair(404u, ErrorCode::not_found),
                                     {410u, ErrorCode::not_found},
                                     {403u, ErrorCode::refused},
                                     {503u, ErrorCode::refused}}) {
    answer.status = status;
    EXPECT_EQ(error(), code) << status;
  }
}

TEST_F(HttpClient, BoundsWhatItTakes) {
  answer.body = Bytes((32u << 20) + 1, 'x');
  serve();
  EXPECT_EQ(error(), ErrorCode::full);
}

TEST_F(HttpClient, SaysWhenNobodyAnswers) {
  serve();
  server.reset();
  EXPECT_EQ(error(), ErrorCode::unavailable);
}

TEST_F(HttpClient, BelievesAServerOfHttpsForWhomItsFileVouches) {
  server_options.certificate_file = folder.path() + "/cert.pem";
  server_options.key_file = folder.path() + "/key.pem";
  testing::write_certificate(server_options.certificate_file, server_options.key_file);
  serve();
  options.ca_file = server_options.certificate_file;
  EXPECT_TRUE(client()->get("x").has_value());
  options.ca_file = folder.path() + "/other.pem";
  testing::write_certificate(options.ca_file, folder.path() + "/other-key.pem");
  EXPECT_EQ(error(), ErrorCode::unavailable) << "another certificate";
  options.ca_file.clear();
  EXPECT_EQ(error(), ErrorCode::unavailable) << "whom this machine trusts";
  options.ca_file = folder.path() + "/absent.pem";
  EXPECT_EQ(Client::make(options).error().code, ErrorCode::invalid);
}

TEST_F(HttpClient, NamesTheServerWithItsPort) {
  server_options.address = "::1";
  serve();
  ASSERT_TRUE(client()->get("x").has_value());
  EXPECT_EQ(asked[0].field("host"), "[::1]:" + std::to_string(server->port()));
}

// Answers each request, however many connections it takes, with these bytes.
class CannedServer {
 public:
  explicit CannedServer(std::string bytes) : bytes_(std::move(bytes)) {
    thread_ = std::thread([this] { answer(); });
  }
  // The client has ended before.
  ~CannedServer() {
    stopping_ = true;
    tcp::socket last(context_);
    boost::system::error_code ignored;
    last.connect(acceptor_.local_endpoint(), ignored);
    last.close(ignored);
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void answer() {
    while (!stopping_) {
      tcp::socket socket = acceptor_.accept();
      boost::system::error_code error;
      for (std::string asked; !error; asked.clear()) {
        asio::read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n", error);
        if (!error) asio::write(socket, asio::buffer(bytes_), error);
      }
    }
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  const std::string bytes_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

TEST_F(HttpClient, WaitsForTheAnswerBehindInterimOnes) {
  const CannedServer canned(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext");
  options.url = canned.url();
  const auto one = client();
  EXPECT_EQ(one->get("a").value(), "text");
  EXPECT_EQ(one->get("b").value(), "text");
}

TEST_F(HttpClient, TakesNothingForAnAnswerThatCameBeforeItsRequest) {
  const CannedServer canned(
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
  options.url = canned.url();
  const auto one = client();
  EXPECT_EQ(one->get("x").value(), "a");
  EXPECT_EQ(one->get("x").value(), "a") << "on a new connection";
}

TEST_F(HttpClient, RefusesACodingThatItDidNotAskFor) {
  const CannedServer canned("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx");
  options.url = canned.url();
  EXPECT_EQ(error(), ErrorCode::refused);
}

// Answers one request over TLS with a body that lasts until the connection ends.
class EndlessServer {
 public:
  EndlessServer(const std::string& certificate_file, const std::string& key_file, bool says_farewell) {
    identity_.use_certificate_chain_file(certificate_file);
    identity_.use_private_key_file(key_file, asio::ssl::context::pem);
    thread_ = std::thread([this, says_farewell] { answer(says_farewell); });
  }
  ~EndlessServer() { thread_.join(); }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void answer(bool says_farewell) {
    asio::ssl::stream<tcp::socket> stream(acceptor_.accept(), identity_);
    stream.handshake(asio::ssl::stream_base::server);
    std::string asked;
    asio::read_until(stream, asio::dynamic_buffer(asked), "\r\n\r\n");
    asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\nhalf")));
    boost::system::error_code ignored;
    if (says_farewell) stream.shutdown(ignored);
  }

  asio::io_context context_;
  asio::ssl::context identity_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

TEST_F(HttpClient, TakesABodyWithoutALengthForWholeOnlyAfterTheFarewellOfTls) {
  options.ca_file = folder.path() + "/cert.pem";
  const std::string key_file = folder.path() + "/key.pem";
  testing::write_certificate(options.ca_file, key_file);
  {
    const EndlessServer polite(options.ca_file, key_file, true);
    options.url = polite.url();
    EXPECT_EQ(client()->get("x").value(), "half");
  }
  const EndlessServer cut(options.ca_file, key_file, false);
  options.url = cut.url();
  EXPECT_EQ(error(), ErrorCode::unavailable);
}

TEST(HttpClientAddress, IsAbsoluteAndKeepsATokenFromOthers) {
  const auto code = [](const std::string& url, const std::string& token = {},
                       const std::string& ca_file = {}) {
    ClientOptions options;
    options.url = url;
    options.token = token;
    options.ca_file = ca_file;
    auto made = Client::make(options);
    return made ? std::nullopt : std::optional(made.error().code);
  };
  for (const char* url : {"http://h", "https://h:8443/logs/a/", "http://[::1]:80/x", "http://127.0.0.1"})
    EXPECT_EQ(code(url), std::nullopt) << url;
  for (const char* url : {"", "h", "ftp://h", "http://", "http://h/a?b", "http://h/a#b", "http://h:123456"})
    EXPECT_EQ(code(url), ErrorCode::invalid) << url;
  EXPECT_EQ(code("http://h", "token"), ErrorCode::refused);
  EXPECT_EQ(code("https://h", "token"), std::nullopt);
  EXPECT_EQ(code("http://[::1]", "token"), std::nullopt);
  EXPECT_EQ(code("http://h", "", "file"), ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps::http
