#include "tests/exchange.h"

#include <gtest/gtest.h>

#include "src/methods.h"

namespace transport {

RunningServer::RunningServer(const Transport& transport)
    : transport_(transport),
      dispatcher_(standard_methods([this] { server_.stop(); })),
      server_(dispatcher_, transport) {
  ignore_broken_pipes();
  if (transport.protocol == Protocol::kTcp) {
    const auto port = server_.listen("127.0.0.1", 0);
    EXPECT_TRUE(port.ok());
    if (port.ok()) port_ = port.value();
  } else {
    auto to_server = make_pipe();
    auto to_client = make_pipe();
    EXPECT_TRUE(to_server.ok() && to_client.ok());
    server_.adopt(std::move(to_server.value().read_end), std::move(to_client.value().write_end));
    to_server_.write_end = std::move(to_server.value().write_end);
    to_client_.read_end = std::move(to_client.value().read_end);
  }
  thread_ = std::thread([this] { server_.run(); });
}

RunningServer::~RunningServer() {
  server_.stop();
  join();
}

void RunningServer::join() {
  if (thread_.joinable()) thread_.join();
}

Client RunningServer::connect() {
  if (transport_.protocol == Protocol::kStdio) {
    return Client(transport_.framing, std::move(to_client_.read_end), std::move(to_server_.write_end));
  }
  auto client = Client::connect(transport_, "127.0.0.1", port_);
  EXPECT_TRUE(client.ok());
  return client.ok() ? std::move(client.value()) : Client(transport_.framing, Fd());
}

Fd RunningServer::connect_raw() {
  auto socket = connect_tcp("127.0.0.1", port_, std::chrono::seconds(5));
  EXPECT_TRUE(socket.ok());
  return socket.ok() ? std::move(socket.value()) : Fd();
}

void expect_answer(const Transport& transport, std::string_view method, std::string_view params,
                   Expect expect, std::string_view expected) {
  RunningServer server(transport);
  Client client = server.connect();
  const auto answer = client.call(method, params, transport.request_timeout);
  ASSERT_TRUE(answer.ok()) << answer.error();
  EXPECT_EQ(answer.value().is_error, expect == Expect::kErrorCode);
  const std::string given =
      answer.value().is_error ? std::to_string(answer.value().error_code) : answer.value().text;
  EXPECT_TRUE(same_json(given, expected)) << given << " is not " << expected;
}

}  // namespace transport
