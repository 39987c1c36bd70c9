// A client of one connection: a message out, a message back, each within a deadline. One thread at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "src/framing.h"
#include "src/io.h"
#include "src/json_rpc.h"
#include "src/transport.h"

namespace transport {

class Client {
 public:
  /// Over one descriptor for both directions, or with `out` over two.
  Client(Framing framing, Fd in, Fd out = Fd());

  /// Error: no connection within the transport's connect timeout.
  static Result<Client> connect(const Transport& transport, const std::string& host, std::uint16_t port);

  /// Calls a method. Error: the parameters are not JSON, the connection failed, no answer came within
  /// `timeout`, or it was none to this call. After an error the connection is of no further use.
  Result<Answer> call(std::string_view method, std::string_view params, std::chrono::milliseconds timeout);

 private:
  Result<std::string> exchange(std::string_view message, Clock::time_point deadline);
  const Fd& writes_to() const { return out_.is_open() ? out_ : in_; }

  Framing framing_;
  Fd in_;
  Fd out_;
  FrameDecoder decoder_;
  std::int64_t last_id_ = 0;
};

}  // namespace transport
