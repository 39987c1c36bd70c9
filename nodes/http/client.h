// Fetches files below one http:// or https:// address, over one connection that is kept (Boost.Beast).
// Blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::http {

struct ClientOptions {
  std::string url;             // "http[s]://host[:port][/prefix]"
  std::string ca_file;         // PEM: who may vouch for the server of https; empty: whom this machine trusts
  std::string token;           // sent as bearer token, but never over http to another machine; empty: none
  std::string agent = "tcps";  // field User-Agent
};

class Client {
 public:
  // Errors: invalid (the address, the file), refused (the token over such an address).
  static Result<std::unique_ptr<Client>> make(const ClientOptions& options);
  ~Client();

  // Errors: not_found (404, 410), refused (other statuses), unavailable (no connection, no answer in time, a
  // certificate that nobody trusted vouches for), full (a body above 32 MiB).
  Result<Bytes> get(const std::string& path);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::http
