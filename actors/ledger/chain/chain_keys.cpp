#include "actors/ledger/chain/chain_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps::ledger {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool ChainKey::may_work(std::string_view stage, std::string_view pool) const {
  return has_role(Role::station) && (stages.empty() || contains(stages, stage)) &&
         (pools.empty() || contains(pools, pool));
}

Status ChainKeys::add(const proto::PublicKeyEntry& entry) {
  auto key = TCPS_TRY(PublicKey::from_base64(entry.public_key()));
  if (key.id().to_string() != entry.key_id()) {
    return fail(ErrorCode::invalid,
                fmt::format("key id {} is not the digest of the public key", entry.key_id()));
  }
  if (keys_.contains(entry.key_id()) || revoked_.contains(entry.key_id())) {
    return fail(ErrorCode::invalid, fmt::format("key {} was added before", entry.key_id()));
  }
  keys_[entry.key_id()] = {std::move(key),
                           roles_of(entry),
                           {entry.stages().begin(), entry.stages().end()},
                           {entry.pools().begin(), entry.pools().end()}};
  return {};
}

Status ChainKeys::revoke(const std::string& key_id) {
  if (keys_.erase(key_id) == 0)
    return fail(ErrorCode::invalid, fmt::format("key {} is not in force", key_id));
  revoked_.insert(key_id);
  return {};
}

const ChainKey* ChainKeys::find(const std::string& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace tcps::ledger
