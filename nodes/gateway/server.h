// The gateway: what comes over HTTP (http::Server) through the gate, by its route, to the responder and back.
// Decides nothing itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "messages/result.h"
#include "nodes/gateway/rate_limiter.h"
#include "nodes/gateway/responder.h"

namespace tcps::gateway {

struct GatewayOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;                       // 0: one that is free
  std::string certificate_file, key_file;  // PEM; both or neither
  std::string token_file;
  size_t connections_max = 256;
  size_t waiting_max = 64;  // requests that wait for a worker or for the line
  unsigned workers = 4;
  std::chrono::seconds timeout{15};  // for a request to come, and for its answer to go
  RateLimits rate;
};

// Errors: invalid (also a limit that limits nothing); refused, when the address is not loopback and certificate, key or tokens are missing.
Status check_options(const GatewayOptions& options);

class Server {
 public:
  // Listens when it returns. `ask` is called by the workers and outlives the server. Errors: those of
  // check_options(); those of certificate, key and token file; io (the address).
  static Result<std::unique_ptr<Server>> start(const GatewayOptions& options, ledger::AskLine ask);
  ~Server();  // waits for what the line is asked

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8080"

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::gateway
