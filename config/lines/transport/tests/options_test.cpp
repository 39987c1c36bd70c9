#include "src/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace transport {
namespace {

using Words = std::vector<const char*>;

TEST(ServerOptions, ChooseATransport) {
  const auto stdio = read_server_options(Words{"--stdio"});
  ASSERT_TRUE(stdio.ok());
  EXPECT_EQ(stdio.value().transport->protocol, Protocol::kStdio);
  const auto tcp = read_server_options(Words{"--tcp", "0", "--port-file", "p", "--host", "localhost"});
  ASSERT_TRUE(tcp.ok());
  EXPECT_EQ(tcp.value().transport->protocol, Protocol::kTcp);
  EXPECT_EQ(tcp.value().port, 0);
  EXPECT_EQ(tcp.value().port_file, "p");
  EXPECT_EQ(tcp.value().host, "localhost");
}

TEST(ServerOptions, TakeEveryTransportByNameWithItsOwnPort) {
  for (const Transport& each : transports()) {
    const std::string name(each.name);
    const auto options = read_server_options(Words{"--transport", name.c_str()});
    ASSERT_TRUE(options.ok()) << name;
    EXPECT_EQ(options.value().transport, &each);
    EXPECT_EQ(options.value().port, each.default_port);
  }
}

TEST(ServerOptions, RefuseWhatMakesNoSense) {
  for (const Words& words : {Words{}, Words{"--tcp"}, Words{"--tcp", "x"}, Words{"--tcp", "65536"},
                             Words{"--loud"}, Words{"--transport", "pigeon"}, Words{"--stdio", "--port", "1"},
                             Words{"--stdio", "--port-file", "p"}}) {
    EXPECT_FALSE(read_server_options(words).ok());
  }
}

TEST(ClientOptions, ReadACall) {
  const auto options =
      read_client_options(Words{"call", "sum", "[1]", "--tcp", "127.0.0.1:99", "--timeout-ms", "7"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options.value().method, "sum");
  EXPECT_EQ(options.value().params, "[1]");
  EXPECT_EQ(options.value().host, "127.0.0.1");
  EXPECT_EQ(options.value().port, 99);
  EXPECT_EQ(options.value().timeout.count(), 7);
}

TEST(ClientOptions, TakeTheDefaultsOfTheTransport) {
  const auto options = read_client_options(Words{"call", "ping"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options.value().params, "[]");
  EXPECT_EQ(options.value().port, options.value().transport->default_port);
  EXPECT_EQ(options.value().timeout, options.value().transport->request_timeout);
}

TEST(ClientOptions, RefuseWhatMakesNoSense) {
  for (const Words& words :
       {Words{}, Words{"call"}, Words{"shout", "ping"}, Words{"call", "a", "[]", "b"},
        Words{"call", "a", "--tcp"}, Words{"call", "a", "--tcp", "99"}, Words{"call", "a", "--tcp", ":99"},
        Words{"call", "a", "--tcp", "h:0"}, Words{"call", "a", "--timeout-ms", "0"},
        Words{"call", "a", "--loud", "1"}, Words{"call", "a", "--transport", "pigeon"},
        Words{"call", "a", "--transport", "stdio"}}) {
    EXPECT_FALSE(read_client_options(words).ok());
  }
}

TEST(Options, AskForInformationInstead) {
  EXPECT_EQ(read_server_options(Words{"--version"}).value().task, Task::kVersion);
  EXPECT_EQ(read_server_options(Words{"--help"}).value().task, Task::kHelp);
  EXPECT_EQ(read_client_options(Words{"--list-transports"}).value().task, Task::kListTransports);
}

TEST(TransportTable, NamesEveryTransport) {
  const std::string table = transport_table();
  for (const Transport& each : transports()) {
    EXPECT_NE(table.find(std::string(each.name) + " "), std::string::npos);
    EXPECT_NE(table.find(each.description), std::string::npos);
  }
}

}  // namespace
}  // namespace transport
