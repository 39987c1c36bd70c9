// The keys that count at a position of the log, and for what, as a verifier reads them from the log itself.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "messages/keys.h"
#include "messages/proto/line.pb.h"
#include "messages/result.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {

struct ChainKey {
  PublicKey key;
  std::set<Role> roles;
  std::vector<std::string> stages;  // empty: all
  std::vector<std::string> pools;   // empty: all

  bool has_role(Role role) const { return roles.contains(role); }
  bool may_work(std::string_view stage, std::string_view pool) const;
};

class ChainKeys {
 public:
  // Errors: invalid (malformed, known already or revoked before).
  Status add(const proto::PublicKeyEntry& entry);
  Status revoke(const std::string& key_id);           // Errors: invalid (not in force)
  const ChainKey* find(const std::string& id) const;  // null when unknown or revoked

 private:
  std::map<std::string, ChainKey> keys_;
  std::set<std::string> revoked_;
};

}  // namespace tcps::ledger
