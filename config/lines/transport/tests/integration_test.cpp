// The programs themselves, joined by standard input and output and by TCP over the loopback interface.
#include <gtest/gtest.h>

#include <unistd.h>
#include <csignal>
#include <filesystem>

#include "src/transport.h"
#include "src/version.h"
#include "tests/process.h"

namespace transport {
namespace {

/// A program of the same build, in the folder above this one's.
std::string program(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / name;
}

const std::string kServer = program("transport-server");
const std::string kClient = program("transport-client");

std::string port_file_of(const std::string& test) {
  const std::string path = testing::TempDir() + "transport-" + std::to_string(getpid()) + "-" + test;
  std::filesystem::remove(path);
  return path;
}

TEST(Programs, CallEachOtherOverEveryTransportOverTcp) {
  for (const Transport& each : transports()) {
    if (each.protocol != Protocol::kTcp) continue;
    const std::string name(each.name);
    const std::string port_file = port_file_of(name);
    Process server({kServer, "--transport", name, "--port", "0", "--port-file", port_file});
    const std::string place = "127.0.0.1:" + await_file(port_file);

    const auto call = [&](const std::string& method, const std::string& params) {
      return run({kClient, "call", method, params, "--tcp", place, "--transport", name});
    };
    EXPECT_EQ(call("sum", "[40,2]").output, "42\n") << name;
    const Outcome refused = call("missing", "[]");
    EXPECT_EQ(refused.code, 1) << name;
    EXPECT_EQ(refused.output, "") << name;
    EXPECT_EQ(call("shutdown", "[]").output, "true\n") << name;
    EXPECT_EQ(server.wait(), 0) << name;
    EXPECT_EQ(call("ping", "[]").code, 3) << name;
    std::filesystem::remove(port_file);
  }
}

TEST(Programs, CallOverPlainTcpWithoutNamingATransport) {
  const std::string port_file = port_file_of("plain");
  Process server({kServer, "--tcp", "0", "--port-file", port_file});
  const std::string place = "localhost:" + await_file(port_file);
  EXPECT_EQ(run({kClient, "call", "ping", "--tcp", place}).output, "\"pong\"\n");
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  std::filesystem::remove(port_file);
}

TEST(Server, AnswersOverStandardInputAndOutputUntilItEnds) {
  const Outcome outcome = run({kServer, "--stdio"}, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.output, "{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":\"pong\"}\n");
}

TEST(Server, EndsAfterTheShutdownCallWhileItsInputIsOpen) {
  Process server({kServer, "--stdio"});
  server.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}\n");
  EXPECT_EQ(server.wait(), 0);
}

TEST(Programs, SayTheirVersion) {
  EXPECT_EQ(run({kServer, "--version"}).output, "transport-server " + std::string(version()) + "\n");
  EXPECT_EQ(run({kClient, "--version"}).output, "transport-client " + std::string(version()) + "\n");
}

TEST(Programs, ListTheTransportsCompiledIn) {
  const std::string listed = run({kServer, "--list-transports"}).output;
  EXPECT_EQ(listed, run({kClient, "--list-transports"}).output);
  for (const Transport& each : transports()) EXPECT_NE(listed.find(each.description), std::string::npos);
}

TEST(Programs, ExplainThemselves) {
  EXPECT_NE(run({kServer, "--help"}).output.find("--port-file"), std::string::npos);
  EXPECT_NE(run({kClient, "--help"}).output.find("call METHOD"), std::string::npos);
}

TEST(Programs, RefuseAWrongCommandLine) {
  EXPECT_EQ(run({kServer}).code, 2);
  EXPECT_EQ(run({kClient, "shout"}).code, 2);
  EXPECT_EQ(run({kServer, "--tcp", "0", "--host", "nowhere"}).code, 3);
  EXPECT_EQ(run({kServer, "--tcp", "0", "--port-file", "/no/such/folder/port"}).code, 3);
}

}  // namespace
}  // namespace transport
