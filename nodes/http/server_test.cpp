#include "nodes/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/read_until.hpp>
#include <future>
#include <mutex>

#include "nodes/http/testing/exchange.h"
#include "nodes/http/testing/tls_certificate.h"
#include "tests/support/temporary_folder.h"

namespace tcps::http {
namespace {

using ::testing::ElementsAre;
using testing::exchange;
using ::testing::HasSubstr;
using testing::request;
using ::testing::StartsWith;
using tcp = boost::asio::ip::tcp;
using boost::beast::http::verb;

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

class HttpServer : public ::testing::Test {
 protected:
  void start(Handler handler) {
    auto started = Server::start(options, std::move(handler));
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server = std::move(*started);
  }
  void start() {
    start([](const Request& request) -> Reply { return text(request.method + " " + request.target); });
  }
  std::string said(const std::string& bytes) { return exchange(server->port(), bytes); }

  test::TemporaryFolder folder;
  ServerOptions options;
  std::unique_ptr<Server> server;
};

TEST_F(HttpServer, GivesTheHandlerTheRequestAndSendsItsAnswer) {
  std::promise<Request> asked;
  options.name = "a name";
  start([&](const Request& request) -> Reply {
    asked.set_value(request);
    Response response = text("made");
    response.status = 201;
    response.content_type = "text/x";
    response.fields = {{"X-More", "more"}};
    return response;
  });
  const auto answer =
      said("POST /x?y HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
  const auto request = asked.get_future().get();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/x?y");
  EXPECT_EQ(request.body, "abc");
  EXPECT_EQ(request.field("host"), "h");
  EXPECT_EQ(request.client, "127.0.0.1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 Created\r\n"));
  for (const char* line : {"Server: a name", "Content-Type: text/x", "Content-Length: 4", "X-More: more"})
    EXPECT_THAT(answer, HasSubstr(std::string(line) + "\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\nmade"));
}

TEST_F(HttpServer, AnswersFromAWorkerToo) {
  std::thread::id handled, worked;
  start([&](const Request&) -> Reply {
    handled = std::this_thread::get_id();
    return [&] {
      worked = std::this_thread::get_id();
      return text("worked");
    };
  });
  EXPECT_EQ(request(server->port(), "/").body, "worked");
  EXPECT_TRUE(handled != worked);
}

TEST_F(HttpServer, DoesOneWorkAtATimeWhenItHasOneWorker) {
  std::atomic<int> under_way = 0, most = 0;
  start([&](const Request&) -> Reply {
    return [&] {
      most = std::max<int>(most, ++under_way);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      --under_way;
      return text("");
    };
  });
  std::vector<std::future<testing::HttpReply>> asked;
  for (int i = 0; i < 4; ++i)
    asked.push_back(std::async(std::launch::async, [&] { return request(server->port(), "/"); }));
  for (auto& reply : asked) EXPECT_EQ(reply.get().status, 200u);
  EXPECT_EQ(most, 1);
}

TEST_F(HttpServer, LeavesOutTheBodyOfHeadAndTellsItsLength) {
  start([](const Request&) -> Reply {
    Response response = text("as it is");
    response.content_length = 1'000;
    return response;
  });
  const auto reply = request(server->port(), "/", {}, false, verb::head);
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.header("content-length"), "1000");
}

TEST_F(HttpServer, SaysNothingOfABodyThatIsNotModified) {
  start([](const Request&) -> Reply {
    Response response;
    response.status = 304;
    return response;
  });
  const auto reply = request(server->port(), "/");
  EXPECT_EQ(reply.status, 304u);
  EXPECT_EQ(reply.header("content-type") + reply.header("content-length"), "");
}

TEST_F(HttpServer, RefusesWhatIsTooLongOrNoHttp) {
  options.head_bytes_max = 1'000;
  options.body_bytes_max = 10;
  start();
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_THAT(said("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(said(head + "X: " + std::string(1'000, 'x') + "\r\n\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(said(head + "Content-Length: 11\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(said(head + "Connection: close\r\nContent-Length: 10\r\n\r\n0123456789"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, EndsAConnectionWhoseRequestHasNoCertainEnd) {
  start();
  const std::string next = "\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string coding : {"xchunked", "identity", "chunked, identity", "gzip, chunked"}) {
    const bool ends = coding.ends_with(" chunked");
    const auto answer =
        said("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + coding + (ends ? "\r\n\r\n0" : "") + next);
    EXPECT_THAT(answer, StartsWith(ends ? "HTTP/1.1 501" : "HTTP/1.1 400")) << coding;
    EXPECT_THAT(answer, ::testing::Not(HasSubstr("/smuggled"))) << coding;
  }
  EXPECT_THAT(said("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n"
                   "3\r\nabc\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, TellsAClientThatAsksToGoOn) {
  start([](const Request& request) -> Reply { return text(request.body); });
  boost::asio::io_context context;
  tcp::socket socket(context);
  socket.connect({boost::asio::ip::address_v4::loopback(), server->port()});
  boost::asio::write(socket,
                     boost::asio::buffer(std::string("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                                                     "Expect: 100-continue\r\n\r\n")));
  std::string answered;
  boost::asio::read_until(socket, boost::asio::dynamic_buffer(answered), "\r\n\r\n");
  EXPECT_EQ(answered, "HTTP/1.1 100 Continue\r\n\r\n");
  boost::asio::write(socket, boost::asio::buffer(std::string("abc")));
  boost::asio::read_until(socket, boost::asio::dynamic_buffer(answered), "\r\n\r\nabc");
  EXPECT_THAT(answered, HasSubstr("HTTP/1.1 200"));
}

TEST_F(HttpServer, RefusesInTheWordsItIsGivenAndTellsOfEveryAnswer) {
  std::mutex mutex;
  std::vector<std::string> told;
  options.refuse = [](unsigned status, const std::string& reason) {
    Response response = text("sorry: " + reason);
    response.status = status;
    return response;
  };
  options.on_answer = [&](const std::string& client, const std::string& target, unsigned status) {
    std::lock_guard lock(mutex);
    told.push_back(client + " " + std::to_string(status) + " " + target);
  };
  start();
  EXPECT_THAT(said("nonsense\r\n\r\n"), HasSubstr("\r\n\r\nsorry: the request is no HTTP: "));
  EXPECT_EQ(request(server->port(), "/x").status, 200u);
  server.reset();
  EXPECT_THAT(told, ElementsAre("127.0.0.1 400 ", "127.0.0.1 200 /x"));
}

TEST_F(HttpServer, EndsConnectionsThatAreTooSlow) {
  options.timeout = std::chrono::seconds(1);
  start();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(said("GET / HTTP/1.1\r\nHost: lo"), "");
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(800));
}

TEST_F(HttpServer, GivesTheWorkTheTimeItTakes) {
  options.timeout = std::chrono::seconds(1);
  start([](const Request&) -> Reply {
    return [] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
      return text("late");
    };
  });
  EXPECT_EQ(request(server->port(), "/").body, "late");
}

TEST_F(HttpServer, KeepsConnectionsForFurtherRequests) {
  start();
  const auto two = said(
      "GET /one HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET /two HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(two, HasSubstr("GET /one"));
  EXPECT_THAT(two, HasSubstr("GET /two"));
}

// A connection that was answered once and is kept.
tcp::socket kept(boost::asio::io_context& context, uint16_t port) {
  tcp::socket socket(context);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  boost::asio::write(socket, boost::asio::buffer(std::string("GET /kept HTTP/1.1\r\nHost: h\r\n\r\n")));
  std::string answered;
  boost::asio::read_until(socket, boost::asio::dynamic_buffer(answered), "GET /kept");
  return socket;
}

TEST_F(HttpServer, BoundsItsConnections) {
  options.connections_max = 2;
  start();
  boost::asio::io_context context;
  auto first = kept(context, server->port());
  const auto second = kept(context, server->port());
  EXPECT_EQ(request(server->port(), "/").status, 0u) << "the third ends without an answer";
  first.close();
  unsigned status = 0;
  for (int i = 0; i < 100 && status == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = request(server->port(), "/").status;
  }
  EXPECT_EQ(status, 200u) << "there is room again";
}

class BusyHttpServer : public HttpServer {
 protected:
  void start_busy() {
    start([this](const Request& request) -> Reply {
      if (request.target == "/at-once") return text("at once");
      return [this] {
        asked.set_value();
        go.wait();
        return text("worked");
      };
    });
    first = std::async(std::launch::async, [this] { return request(server->port(), "/"); });
    asked.get_future().wait();
  }
  std::promise<void> asked, may_go;
  std::shared_future<void> go = may_go.get_future().share();
  std::future<testing::HttpReply> first;
};

TEST_F(BusyHttpServer, BoundsTheRequestsThatWait) {
  options.waiting_max = 1;
  start_busy();
  const auto second = request(server->port(), "/");
  const auto third = request(server->port(), "/at-once");
  may_go.set_value();
  EXPECT_EQ(second.status, 503u);
  EXPECT_THAT(second.body, HasSubstr("ask again"));
  EXPECT_EQ(third.status, 200u) << "what needs no worker is answered";
  EXPECT_EQ(first.get().status, 200u);
}

TEST_F(BusyHttpServer, AnswersWhatIsWorkedBeforeItEnds) {
  start_busy();
  const auto port = server->port();
  auto ending = std::async(std::launch::async, [this] { server.reset(); });
  EXPECT_EQ(ending.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(request(port, "/at-once").status, 0u) << "nothing new is taken";
  may_go.set_value();
  EXPECT_EQ(first.get().body, "worked");
}

TEST_F(HttpServer, DoesNotWaitForConnectionsThatRestWhenItEnds) {
  start();
  boost::asio::io_context context;
  const auto resting = kept(context, server->port());
  const auto began = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
}

TEST_F(HttpServer, SpeaksTls) {
  options.certificate_file = folder.path() + "/cert.pem";
  options.key_file = folder.path() + "/key.pem";
  testing::write_certificate(options.certificate_file, options.key_file);
  start();
  EXPECT_THAT(server->url(), StartsWith("https://127.0.0.1:"));
  EXPECT_EQ(request(server->port(), "/x", {}, true).body, "GET /x");
  EXPECT_EQ(request(server->port(), "/x").status, 0u) << "not without";
  EXPECT_EQ(request(server->port(), "/x", {}, true).status, 200u) << "it is alive";
}

TEST_F(HttpServer, SaysWhyItCannotListen) {
  const auto code = [&] { return Server::start(options, [](const Request&) -> Reply { return text(""); }); };
  options.address = "localhost";
  EXPECT_EQ(code().error().code, ErrorCode::invalid);
  options.address = "127.0.0.1";
  options.certificate_file = options.key_file = folder.path() + "/absent.pem";
  EXPECT_EQ(code().error().code, ErrorCode::invalid);
  options.certificate_file.clear();
  start();
  options.port = server->port();
  EXPECT_EQ(code().error().code, ErrorCode::io) << "the port is taken";
}

}  // namespace
}  // namespace tcps::http
