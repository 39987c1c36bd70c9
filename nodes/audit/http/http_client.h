// Fetches files below one http:// address, over one connection that is kept (Boost.Beast). Blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/ledger/log_monitor.h"
#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::audit {

class HttpClient final : public merkle::LogFiles {
 public:
  // "http://host[:port][/prefix]". Errors: invalid.
  static Result<std::unique_ptr<HttpClient>> make(const std::string& url);
  ~HttpClient() override;

  // Errors: not_found (404, 410), refused (other statuses), unavailable (no connection, no answer in time),
  // full (a body above 32 MiB).
  Result<Bytes> get(const std::string& path) override;

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::audit
