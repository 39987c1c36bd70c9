#include "nodes/gateway/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <limits>
#include <nlohmann/json.hpp>

#include "nodes/gateway/tokens.h"
#include "nodes/http/testing/exchange.h"
#include "nodes/http/testing/tls_certificate.h"
#include "tests/support/temporary_folder.h"

namespace tcps::gateway {
namespace {

using http::testing::exchange;
using http::testing::HttpReply;
using http::testing::request;
using http::testing::write_certificate;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ServerTest : public testing::Test {
 protected:
  void start() {
    auto started = Server::start(
        options, [this](const std::string& query, const json& asked) { return ask(query, asked); });
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server = std::move(*started);
  }
  HttpReply get(const std::string& target, const std::map<std::string, std::string>& fields = {},
                bool tls = false) {
    return request(server->port(), target, fields, tls);
  }

  test::TemporaryFolder folder;
  GatewayOptions options;
  ledger::AskLine ask = [](const std::string& query, const json& asked) -> Result<json> {
    return json{
        {"query", query}, {"request", asked}, {"as_of", {{"size", 7u}, {"epoch", 1u}, {"sequence", 9u}}}};
  };
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, AnswersOverHttpWithTagAndPosition) {
  start();
  const HttpReply reply = get("/v1/receipts?stage=build");
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(json::parse(reply.body), (json{{"query", "receipts"}, {"request", {{"stage", "build"}}}}));
  EXPECT_EQ(reply.header("content-type"), "application/json");
  EXPECT_EQ(reply.header("tcps-as-of"), "size=7, epoch=1, sequence=9");
  EXPECT_EQ(reply.header("cache-control"), "public, no-cache");
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
  const HttpReply again = get("/v1/receipts?stage=build", {{"If-None-Match", reply.header("etag")}});
  EXPECT_EQ(again.status, 304u);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("etag"), reply.header("etag"));
}

TEST_F(ServerTest, CompressesAndAnswersHead) {
  ask = [](const std::string&, const json&) -> Result<json> {
    return json{{"text", std::string(5'000, 'x')}};
  };
  start();
  const HttpReply compressed = get("/v1/wip", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(compressed.header("content-encoding"), "gzip");
  EXPECT_LT(compressed.body.size(), 200u);
  EXPECT_THAT(compressed.body, StartsWith("\x1f\x8b"));
  const HttpReply head = request(server->port(), "/v1/wip", {}, false, boost::beast::http::verb::head);
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("content-length"), std::to_string(get("/v1/wip").body.size()));
}

TEST_F(ServerTest, RefusesWhatIsNoQuestion) {
  start();
  EXPECT_EQ(request(server->port(), "/v1/wip", {}, false, boost::beast::http::verb::delete_).status, 405u);
  EXPECT_EQ(get("/v1/wip", {{"Host", "evil.example"}}).status, 421u);
  EXPECT_EQ(get("/v1/nothing").status, 404u);
  EXPECT_EQ(get("/v1/wip?x=1").status, 400u);
  EXPECT_EQ(get("/v1/../etc").status, 400u);
  EXPECT_THAT(exchange(server->port(), "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange(server->port(), "GET /v1/wip HTTP/1.1\r\nHost: localhost\r\nX: " +
                                           std::string(9'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(
      exchange(server->port(), "GET /v1/wip HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"),
      StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(exchange(server->port(), std::string("\0\xff\x16\x03\x01 garbage\r\n\r\n", 18)),
              StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(get("/v1/wip").status, 200u) << "it is alive";
}

TEST_F(ServerTest, EndsConnectionsThatAreTooSlow) {
  options.timeout = std::chrono::seconds(1);
  start();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(exchange(server->port(), "GET /v1/wip HTTP/1.1\r\nHost: lo"), "");
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, std::chrono::milliseconds(800));
  EXPECT_LT(took, std::chrono::seconds(8));
}

TEST_F(ServerTest, KeepsConnectionsForFurtherRequests) {
  start();
  const std::string two = exchange(server->port(),
                                   "GET /v1/wip HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                   "GET /v1/nodes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(two, HasSubstr("\"query\":\"wip\""));
  EXPECT_THAT(two, HasSubstr("\"query\":\"nodes\""));
}

TEST_F(ServerTest, BoundsItsConnections) {
  options.connections_max = 2;
  start();
  boost::asio::io_context context;
  std::vector<boost::asio::ip::tcp::socket> idle;
  for (int i = 0; i < 2; ++i) {
    idle.emplace_back(context);
    idle.back().connect({boost::asio::ip::address_v4::loopback(), server->port()});
    boost::asio::write(idle.back(),
                       boost::asio::buffer(std::string("GET /v1/wip HTTP/1.1\r\nHost: localhost\r\n\r\n")));
    std::string answered(64, '\0');
    boost::asio::read(idle.back(), boost::asio::buffer(answered));  // it counts by now
  }
  EXPECT_EQ(get("/v1/wip").status, 0u) << "the third ends without an answer";
}

TEST_F(ServerTest, SaysThatItIsBusyWhenTooManyWait) {
  std::promise<void> asked, may_go;
  const auto go = may_go.get_future().share();
  ask = [&](const std::string&, const json&) -> Result<json> {
    asked.set_value();
    go.wait();
    return json::object();
  };
  options.waiting_max = 1;
  start();
  auto first = std::async(std::launch::async, [this] { return get("/v1/wip"); });
  asked.get_future().wait();
  const HttpReply second = get("/v1/openapi.json");
  may_go.set_value();
  EXPECT_EQ(second.status, 503u);
  EXPECT_EQ(second.header("retry-after"), "1");
  EXPECT_EQ(first.get().status, 200u);
}

TEST_F(ServerTest, SlowsClientsDown) {
  options.rate = {0.001, 3, 100};
  start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/v1/wip").status, 200u);
  EXPECT_EQ(get("/v1/wip").status, 429u);
}

TEST_F(ServerTest, TakesNoLimitThatLimitsNothing) {
  const double no_number = std::numeric_limits<double>::quiet_NaN();
  const double endless = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(check_options(options).has_value());
  for (const double limit : {no_number, endless, -endless, -1.0, 0.0}) {
    for (double RateLimits::*of : {&RateLimits::per_second, &RateLimits::burst}) {
      GatewayOptions limited = options;
      limited.rate.*of = limit;
      const auto status = check_options(limited);
      ASSERT_FALSE(status.has_value()) << limit;
      EXPECT_EQ(status.error().code, ErrorCode::invalid) << limit;
    }
  }
  options.connections_max = static_cast<size_t>(-1);  // as a command line gives -1
  ASSERT_FALSE(check_options(options).has_value());
  EXPECT_EQ(check_options(options).error().code, ErrorCode::invalid);
}

TEST_F(ServerTest, TellsTheErrorsOfTheLine) {
  ask = [](const std::string&, const json&) -> Result<json> {
    return fail(ErrorCode::unavailable, "no factory answers");
  };
  start();
  const HttpReply reply = get("/v1/wip");
  EXPECT_EQ(reply.status, 503u);
  EXPECT_THAT(reply.body, HasSubstr("no factory answers"));
  EXPECT_EQ(reply.header("cache-control"), "no-store");
}

TEST_F(ServerTest, SpeaksTlsAndAsksForTokens) {
  options.certificate_file = folder.path() + "/cert.pem";
  options.key_file = folder.path() + "/key.pem";
  options.token_file = folder.path() + "/tokens";
  write_certificate(options.certificate_file, options.key_file);
  TokenList tokens;
  const std::string token = *tokens.add("ann", "2026-01-26T10:00:00Z");
  ASSERT_TRUE(save_tokens(tokens, options.token_file).has_value());
  options.address = "0.0.0.0";
  start();
  EXPECT_THAT(server->url(), StartsWith("https://"));
  const HttpReply stranger = get("/v1/wip", {{"Host", "ledger.example"}}, true);
  EXPECT_EQ(stranger.status, 401u);
  EXPECT_THAT(stranger.header("www-authenticate"), StartsWith("Bearer"));
  const std::map<std::string, std::string> ann = {{"Host", "ledger.example"},
                                                  {"Authorization", "Bearer " + token}};
  const HttpReply known = get("/v1/wip", ann, true);
  EXPECT_EQ(known.status, 200u);
  EXPECT_EQ(known.header("cache-control"), "private, no-cache");
  EXPECT_EQ(get("/v1/wip", ann, false).status, 0u) << "not without TLS";
  ASSERT_TRUE(tokens.revoke("ann").has_value());
  ASSERT_TRUE(save_tokens(tokens, options.token_file).has_value());
  EXPECT_EQ(get("/v1/wip", ann, true).status, 401u);
}

TEST_F(ServerTest, DoesNotListenBeyondLoopbackWithoutTlsAndTokens) {
  const auto code = [&] {
    auto started = Server::start(options, ask);
    EXPECT_FALSE(started.has_value());
    return started ? ErrorCode::io : started.error().code;
  };
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1"}) {
    options.address = address;
    EXPECT_EQ(code(), ErrorCode::refused) << address;
    options.token_file = folder.path() + "/tokens";
    EXPECT_EQ(code(), ErrorCode::refused) << "tokens alone";
    options.token_file.clear();
  }
  options.address = "localhost";
  EXPECT_EQ(code(), ErrorCode::invalid);
  options.address = "127.0.0.1";
  options.certificate_file = "cert.pem";
  EXPECT_EQ(code(), ErrorCode::invalid) << "a certificate without its key";
  options.key_file = folder.path() + "/absent.pem";
  EXPECT_EQ(code(), ErrorCode::invalid) << "absent files";
  options.certificate_file.clear();
  options.key_file.clear();
  options.token_file = folder.path() + "/absent";
  EXPECT_EQ(code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace tcps::gateway
