// A server and a client in one process, joined by the transport under test.
#pragma once

#include <string_view>
#include <thread>

#include "src/client.h"
#include "src/server.h"
#include "src/transport.h"

namespace transport {

/// Serves standard_methods() in a thread of its own, over TCP loopback or over a pair of pipes. Stops with
/// its owner.
class RunningServer {
 public:
  explicit RunningServer(const Transport& transport);
  ~RunningServer();

  /// A client of this server; over stdio there can be only one.
  Client connect();
  /// A bare connection, to send what no client would. TCP only.
  Fd connect_raw();
  /// Waits for the server to end by itself.
  void join();

 private:
  const Transport& transport_;
  Dispatcher dispatcher_;
  Server server_;
  std::uint16_t port_ = 0;
  Pipe to_server_;
  Pipe to_client_;
  std::thread thread_;
};

enum class Expect : std::uint8_t { kResult, kErrorCode };

/// Makes the call over `transport` and expects its result, or its error's code, to be the JSON text
/// `expected`.
void expect_answer(const Transport& transport, std::string_view method, std::string_view params,
                   Expect expect, std::string_view expected);

}  // namespace transport
