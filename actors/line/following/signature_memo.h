// Signatures that were verified off the actor threads, waiting for the fold to ask. What is not remembered is
// verified when asked, so the memo changes how long an answer takes and never what it is.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "messages/line_message.h"

namespace tcps::line {

class SignatureMemo {
 public:
  // Verifies the first signature by `key` and remembers the result for one question.
  void verify_ahead(const LineMessage& message, const PublicKey& key);
  // A SignatureCheck.
  bool check(const LineMessage& message, size_t index, const PublicKey& key);

 private:
  static constexpr size_t known_max = 65'536;  // beyond it all is forgotten, and verified when asked

  std::mutex mutex_;
  std::unordered_map<Bytes, bool> known_;  // whether it holds, by payload digest, signature and key
};

}  // namespace tcps::line
