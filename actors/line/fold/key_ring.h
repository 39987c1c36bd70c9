// The keys that count on a line, and for what. Part of the fold: changed only by admitted messages, so that
// every node judges a signature by the keys in force at its position. A revoked key id never counts again.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "messages/ids.h"
#include "messages/keys.h"
#include "messages/proto/line.pb.h"
#include "messages/result.h"
#include "messages/stage.h"
#include "messages/vocabulary.h"

namespace tcps::line {

inline constexpr size_t keys_max = 4096;

struct KeyGrant {
  std::string key_id;  // "sha256:..."
  PublicKey key;
  std::string owner;  // node id or person
  std::set<Role> roles;
  std::set<Stage> stages;       // empty: all
  std::set<std::string> pools;  // empty: all

  bool has(Role role) const { return roles.contains(role); }
  bool may_work(Stage stage, std::string_view pool) const;

  // Errors: invalid (malformed, unknown role or stage, key id that is not the key's).
  static Result<KeyGrant> from_proto(const proto::PublicKeyEntry& entry);
  proto::PublicKeyEntry to_proto() const;
};

class KeyRing {
 public:
  const KeyGrant* find(std::string_view key_id) const;  // null when unknown or revoked
  bool revoked(std::string_view key_id) const { return revoked_.contains(std::string(key_id)); }
  std::vector<const KeyGrant*> all() const;
  const std::set<std::string>& revoked_ids() const { return revoked_; }

  Status can_add(const KeyGrant& grant) const;  // Errors: conflict (known or revoked), full
  void add(KeyGrant grant);
  Status can_revoke(std::string_view key_id) const;  // Errors: not_found, refused (the last root key)
  void revoke(const std::string& key_id);
  void restore_revoked(std::string key_id) { revoked_.insert(std::move(key_id)); }

 private:
  std::map<std::string, KeyGrant, std::less<>> grants_;
  std::set<std::string> revoked_;
};

}  // namespace tcps::line
