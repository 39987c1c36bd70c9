// A replica's key that somebody vouches for outside the log.
#pragma once

#include <string_view>

#include "messages/ids.h"
#include "messages/keys.h"
#include "messages/result.h"

namespace tcps::ledger {

struct PinnedKey {
  NodeId node;
  PublicKey key;
  static Result<PinnedKey> parse(
      std::string_view text);  // "<node>=<base64 of the 32 bytes>". Errors: invalid
};

}  // namespace tcps::ledger
