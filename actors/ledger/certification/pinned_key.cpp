#include "actors/ledger/certification/pinned_key.h"

#include <fmt/format.h>

namespace tcps::ledger {

Result<PinnedKey> PinnedKey::parse(std::string_view text) {
  const auto equals = text.find('=');
  auto node = NodeId::parse(text.substr(0, equals));
  auto key = equals == std::string_view::npos ? Result<PublicKey>(fail(ErrorCode::invalid, ""))
                                              : PublicKey::from_base64(text.substr(equals + 1));
  if (!node || !key)
    return fail(
        ErrorCode::invalid,
        fmt::format("'{}' is not \"node=public key in base64\", as tcpsd --print-key tells them", text));
  return PinnedKey{std::move(*node), std::move(*key)};
}

std::string PinnedKey::format() const { return fmt::format("{}={}", node.str(), key.base64()); }

}  // namespace tcps::ledger
