// Who may ask, and how: what is judged of a request before the line is asked anything. The method, the
// client's rate, on loopback the host it believes to speak to (so that no web page reaches the gateway by
// another name), elsewhere the bearer token. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nodes/gateway/answer.h"
#include "nodes/gateway/rate_limiter.h"
#include "nodes/gateway/tokens.h"

namespace tcps::gateway {

struct Asked {
  std::string method;
  std::string host;           // field value; may be empty
  std::string authorization;  // likewise
  std::string client;         // address
  int64_t now_ms = 0;         // of a clock that only rises
};

class Gate {
 public:
  // Without a token file everybody on loopback is admitted.
  Gate(RateLimits limits, const std::string& token_file)
      : limiter_(limits), tokens_(token_file.empty() ? nullptr : std::make_unique<TokenFile>(token_file)) {}

  // The answer that refuses the request; nothing when it may go on.
  std::optional<Answer> refusal(const Asked& asked);
  bool asks_for_tokens() const { return tokens_ != nullptr; }

 private:
  std::optional<Answer> refuse_stranger(const Asked& asked);

  RateLimiter limiter_;
  std::unique_ptr<TokenFile> tokens_;
};

// Of a Host field: the loopback interface by address or as "localhost", with any port.
bool is_loopback_host(std::string_view host);

}  // namespace tcps::gateway
