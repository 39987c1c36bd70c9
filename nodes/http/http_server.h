// A small HTTP/1.1 server: one thread, bounded connections, sizes and times (Boost.Beast). One request is
// answered at a time, so that a handler needs no locks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::audit {

struct HttpRequest {
  std::string method;  // "POST"
  std::string target;  // "/add-checkpoint"
  Bytes body;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Bytes body;
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: one that is free
  size_t body_bytes_max = 1u << 20;
  size_t connections_max = 256;
};

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Listens when it returns. Errors: invalid (the address), io.
  static Result<std::unique_ptr<HttpServer>> listen(const HttpServerOptions& options, Handler handler);
  ~HttpServer();

  uint16_t port() const;
  void run();   // until stop(), SIGINT or SIGTERM
  void stop();  // from any thread

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::audit
