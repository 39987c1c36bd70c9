// A replica's key that somebody vouches for outside the log.
#pragma once

#include <string>
#include <string_view>

#include "messages/ids.h"
#include "messages/keys.h"
#include "messages/result.h"

namespace tcps::ledger {

struct PinnedKey {
  NodeId node;
  PublicKey key;
  // "<node>=<base64 of the 32 bytes>". Errors: invalid
  static Result<PinnedKey> parse(std::string_view text);
  std::string format() const;
  friend bool operator==(const PinnedKey&, const PinnedKey&) = default;
};

}  // namespace tcps::ledger
