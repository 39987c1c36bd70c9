// The HTTP/1.1 server of our programs: connections, TLS, bounds and times (Boost.Beast, a coroutine for each
// connection). What is answered is its handler's.
//
// One thread moves bytes; workers do what takes time. Bounds: connections, requests that wait for a worker,
// the bytes of head and body, and the time for each request to come and for its answer to go; how long the
// work takes is the handler's. What exceeds them is refused with a status, or its connection ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "messages/result.h"
#include "nodes/http/message.h"

namespace tcps::http {

// Makes the answer, on a worker. May block; does not throw.
using Work = std::function<Response()>;
// The answer, or what a worker has to do for it.
using Reply = std::variant<Response, Work>;
// Called by the thread that moves bytes, for one request at a time; does not block, and does not throw.
using Handler = std::function<Reply(const Request&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;                       // 0: one that is free
  std::string certificate_file, key_file;  // PEM, read again when they change (tls_identity.h); empty: no TLS
  std::string name;                        // field Server; empty: none
  size_t connections_max = 256;            // further ones end at once
  size_t waiting_max = 256;                // requests that wait for a worker or for its work
  unsigned workers = 1;
  uint32_t head_bytes_max = 8192;
  size_t body_bytes_max = 1u << 20;
  std::chrono::seconds timeout{30};  // for a request to come, and for its answer to go
  // How the server says by itself why it refuses: 400 (no HTTP), 413, 431 (too long), 503 (too many wait).
  // Like a handler.
  std::function<Response(unsigned status, const std::string& reason)> refuse = plain_refusal;
  // Told of every answer; the target is empty when the request could not be read. By the thread that moves
  // bytes.
  std::function<void(const std::string& client, const std::string& target, unsigned status)> on_answer;

  static Response plain_refusal(unsigned status, const std::string& reason);
};

class Server {
 public:
  // Listens when it returns. The handler, and what it refers to, outlives the server. Errors: invalid (the
  // address, the certificate, the key); io (the address is taken).
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler);
  // Takes no more requests, and waits for what is worked, whose answers have two seconds more to go.
  ~Server();

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8080"

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::http
