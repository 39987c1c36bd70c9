// Who may download what from the marketplace (Standard Work, step 10.4): an active user with a valid licence
// is let in; an inactive user or an expired licence is forbidden (403); a token that the publisher did not
// sign is not recognised (401).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "messages/keys.h"
#include "messages/result.h"

namespace tcps::channels {

struct License {
  std::string user;
  std::string sku;
  int64_t expires_unix_s = 0;  // the first second in which it no longer holds
};

// "<base64 of the licence as canonical JSON>.<base64 of its Ed25519 signature>". Errors: unavailable
// (signer).
Result<std::string> issue_license(const License& license, Signer& publisher);

struct EntitlementAnswer {
  int http_status;     // 200, 401, 403
  std::string reason;  // for people

  bool granted() const { return http_status == 200; }
};

// Pure rules: no clock, no file. Immutable, so thread-safe.
class Entitlements {
 public:
  Entitlements(PublicKey publisher, std::map<std::string, bool> active_by_user)
      : publisher_(std::move(publisher)), active_by_user_(std::move(active_by_user)) {}

  // {"publisher": "<base64 public key>", "users": {"<name>": {"active": true}}}. Errors: invalid, naming the
  // member.
  static Result<Entitlements> parse(std::string_view json);
  // Errors: not_found, full (longer than 16 MiB), io, invalid.
  static Result<Entitlements> load(const std::string& path);

  EntitlementAnswer decide(std::string_view token, std::string_view sku, int64_t now_unix_s) const;

 private:
  PublicKey publisher_;
  std::map<std::string, bool> active_by_user_;
};

}  // namespace tcps::channels
