#include "actors/line/fold/key_ring.h"

#include <algorithm>
#include <utility>

namespace tcps::line {
bool KeyGrant::may_work(Stage stage, std::string_view pool) const {
  return has(Role::station) && (stages.empty() || stages.contains(stage)) &&
         (pools.empty() || pools.contains(std::string(pool)));
}

Result<KeyGrant> KeyGrant::from_proto(const proto::PublicKeyEntry& entry) {
  KeyGrant grant;
  auto key = PublicKey::from_base64(entry.public_key());
  if (!key) return fail(key.error().at("public_key"));
  if (key->id().to_string() != entry.key_id()) {
    return fail(ErrorCode::invalid, "key_id " + entry.key_id() + " is not the digest of the public key");
  }
  grant.key_id = entry.key_id();
  grant.key = std::move(*key);
  grant.owner = entry.owner();
  if (grant.owner.empty() || grant.owner.size() > 256)
    return fail(ErrorCode::invalid, "owner must have 1-256 characters");
  if (entry.roles().empty())
    return fail(ErrorCode::invalid, "a key without a role counts for nothing: name at least one");
  for (const auto& text : entry.roles()) {
    auto role = TCPS_TRY(parse_word<Role>(text));
    grant.roles.insert(role);
  }
  for (const auto& text : entry.stages()) {
    auto stage = TCPS_TRY(parse_stage(text));
    grant.stages.insert(stage);
  }
  for (const auto& text : entry.pools()) {
    auto pool = TCPS_TRY(Pool::parse(text));
    grant.pools.insert(pool.str());
  }
  return grant;
}

proto::PublicKeyEntry KeyGrant::to_proto() const {
  proto::PublicKeyEntry entry;
  entry.set_key_id(key_id);
  entry.set_public_key(key.base64());
  entry.set_owner(owner);
  for (auto role : roles) entry.add_roles(std::string(to_string(role)));
  for (auto stage : stages) entry.add_stages(std::string(to_string(stage)));
  for (const auto& pool : pools) entry.add_pools(pool);
  return entry;
}

const KeyGrant* KeyRing::find(std::string_view key_id) const {
  auto found = grants_.find(key_id);
  return found == grants_.end() ? nullptr : &found->second;
}

std::vector<const KeyGrant*> KeyRing::all() const {
  std::vector<const KeyGrant*> grants;
  grants.reserve(grants_.size());
  for (const auto& [id, grant] : grants_) grants.push_back(&grant);
  return grants;
}

Status KeyRing::can_add(const KeyGrant& grant) const {
  if (revoked(grant.key_id))
    return fail(ErrorCode::conflict, "key was revoked and cannot count again: make a new one");
  if (grants_.contains(grant.key_id)) return fail(ErrorCode::conflict, "key is already known");
  if (grants_.size() + revoked_.size() >= keys_max) return fail(ErrorCode::full, "key ring is full");
  return {};
}

void KeyRing::add(KeyGrant grant) {
  auto id = grant.key_id;
  grants_.emplace(std::move(id), std::move(grant));
}

Status KeyRing::can_revoke(std::string_view key_id) const {
  const auto* grant = find(key_id);
  if (grant == nullptr) return fail(ErrorCode::not_found, "key is not in force");
  if (!grant->has(Role::root)) return {};
  auto roots = std::count_if(grants_.begin(), grants_.end(),
                             [](const auto& pair) { return pair.second.has(Role::root); });
  if (roots == 1) return fail(ErrorCode::refused, "the last root key cannot be revoked: add another first");
  return {};
}

void KeyRing::revoke(const std::string& key_id) {
  revoked_.insert(key_id);  // first: the id may be that of the grant
  grants_.erase(key_id);
}

}  // namespace tcps::line
