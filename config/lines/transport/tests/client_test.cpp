#include "src/client.h"

#include <gtest/gtest.h>

#include "tests/exchange.h"

namespace transport {
namespace {

using std::chrono::milliseconds;

/// A client whose server says `said` at once, and is then silent or gone.
Result<Answer> call_of(const std::string& said, bool gone) {
  auto to_client = make_pipe();
  auto to_server = make_pipe();
  std::string rest = said;
  while (!rest.empty()) write_chunk(to_client.value().write_end, rest);
  if (gone) to_client.value().write_end.reset();
  Client client(Framing::kLine, std::move(to_client.value().read_end),
                std::move(to_server.value().write_end));
  return client.call("ping", "[]", milliseconds(50));
}

TEST(Client, SaysWhyThereIsNoAnswer) {
  EXPECT_EQ(call_of("", false).error(), "No answer came in time");
  EXPECT_EQ(call_of("", true).error(), "The server closed the connection without an answer");
  EXPECT_EQ(call_of("nonsense\n", false).error(), "The answer is not a JSON object");
}

TEST(Client, RefusesParametersThatAreNotJson) {
  Client client(Framing::kLine, Fd());
  EXPECT_FALSE(client.call("ping", "nonsense", milliseconds(50)).ok());
}

TEST(Client, RefusesARequestAboveTheLimit) {
  Client client(Framing::kLine, Fd());
  const std::string params = "[\"" + std::string(kMessageBytesMax, 'x') + "\"]";
  EXPECT_NE(client.call("echo", params, milliseconds(50)).error().find("limit"), std::string::npos);
}

TEST(Client, SaysThatNobodyListens) {
  auto listener = listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(listener.ok());
  const auto port = port_of(listener.value());
  listener.value().reset();
  EXPECT_FALSE(connect_tcp("localhost", port.value(), milliseconds(1000)).ok());
  EXPECT_FALSE(connect_tcp("nowhere", 1, milliseconds(1000)).ok());
}

}  // namespace
}  // namespace transport
