#include "src/server.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

#include "src/methods.h"
#include "tests/exchange.h"

namespace transport {
namespace {

using std::chrono::milliseconds;

constexpr Transport over_tcp(Framing framing, milliseconds idle_timeout = milliseconds(0)) {
  return {.name = "test",
          .protocol = Protocol::kTcp,
          .framing = framing,
          .description = "for tests",
          .default_port = 1,
          .connect_timeout = milliseconds(5000),
          .request_timeout = milliseconds(5000),
          .idle_timeout = idle_timeout};
}

std::string read_to_end(const Fd& fd) {
  std::string bytes;
  const auto deadline = Clock::now() + std::chrono::seconds(10);
  while (wait_for(fd, POLLIN, deadline)) {
    const Transfer outcome = read_chunk(fd, bytes);
    if (outcome == Transfer::kEnd || outcome == Transfer::kFailed) return bytes;
  }
  return "the connection stayed open";
}

TEST(Server, CarriesLargeMessagesInEveryFraming) {
  for (const Framing framing : {Framing::kLine, Framing::kLength, Framing::kContentLength}) {
    const Transport transport = over_tcp(framing);
    RunningServer server(transport);
    Client client = server.connect();
    const std::string params = "[\"" + std::string(500'000, 'x') + "\"]";
    const auto answer = client.call("echo", params, transport.request_timeout);
    ASSERT_TRUE(answer.ok()) << name_of(framing) << ": " << answer.error();
    EXPECT_EQ(answer.value().text, params) << name_of(framing);
  }
}

TEST(Server, ServesSeveralClientsAtOnce) {
  const Transport transport = over_tcp(Framing::kLength);
  RunningServer server(transport);
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(server.connect());
  for (int i = 0; i < 8; ++i) {
    const auto answer = clients[i].call("sum", "[" + std::to_string(i) + ",1]", transport.request_timeout);
    ASSERT_TRUE(answer.ok()) << answer.error();
    EXPECT_EQ(answer.value().text, std::to_string(i + 1));
  }
}

TEST(Server, AnswersTheShutdownCallAndThenEnds) {
  const Transport transport = over_tcp(Framing::kLine);
  RunningServer server(transport);
  Client client = server.connect();
  const auto answer = client.call("shutdown", "[]", transport.request_timeout);
  ASSERT_TRUE(answer.ok()) << answer.error();
  EXPECT_EQ(answer.value().text, "true");
  server.join();
  EXPECT_FALSE(client.call("ping", "[]", transport.request_timeout).ok());
}

TEST(Server, DropsAPeerThatBreaksTheFraming) {
  const Transport transport = over_tcp(Framing::kContentLength);
  RunningServer server(transport);
  const Fd peer = server.connect_raw();
  std::string nonsense = "nonsense\r\n\r\n";
  ASSERT_EQ(write_chunk(peer, nonsense), Transfer::kDone);
  EXPECT_NE(read_to_end(peer).find("-32700"), std::string::npos);
  Client other = server.connect();
  EXPECT_TRUE(other.call("ping", "[]", transport.request_timeout).ok());
}

TEST(Server, DropsASilentPeer) {
  const Transport transport = over_tcp(Framing::kLine, milliseconds(30));
  RunningServer server(transport);
  const Fd peer = server.connect_raw();
  EXPECT_EQ(read_to_end(peer), "");
}

TEST(Server, TurnsAwayPeersAboveTheLimit) {
  const Transport transport = over_tcp(Framing::kLine);
  RunningServer server(transport);
  std::vector<Client> clients;
  for (std::size_t i = 0; i < Server::kPeersMax; ++i) {
    clients.push_back(server.connect());
    ASSERT_TRUE(clients.back().call("ping", "[]", transport.request_timeout).ok());
  }
  EXPECT_EQ(read_to_end(server.connect_raw()), "");
  clients.pop_back();
  EXPECT_TRUE(clients.front().call("ping", "[]", transport.request_timeout).ok());
}

TEST(Server, AnswersWhatCameBeforeTheEndOfInput) {
  const Transport transport{
      .name = "test", .protocol = Protocol::kStdio, .framing = Framing::kLine, .description = "for tests"};
  const Dispatcher dispatcher = standard_methods([] {});
  Server server(dispatcher, transport);
  auto in = make_pipe();
  auto out = make_pipe();
  std::string request = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
  ASSERT_EQ(write_chunk(in.value().write_end, request), Transfer::kDone);
  in.value().write_end.reset();
  server.adopt(std::move(in.value().read_end), std::move(out.value().write_end));
  server.run();
  EXPECT_NE(read_to_end(out.value().read_end).find("pong"), std::string::npos);
}

TEST(Server, SaysWhyItCannotListen) {
  const Transport transport = over_tcp(Framing::kLine);
  const Dispatcher dispatcher = standard_methods([] {});
  Server first(dispatcher, transport);
  const auto port = first.listen("127.0.0.1", 0);
  ASSERT_TRUE(port.ok());
  Server second(dispatcher, transport);
  EXPECT_NE(second.listen("127.0.0.1", port.value()).error().find("in use"), std::string::npos);
  EXPECT_FALSE(second.listen("no.such.host", 0).ok());
}

}  // namespace
}  // namespace transport
