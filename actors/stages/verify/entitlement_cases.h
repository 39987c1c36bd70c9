// The four cases of Standard Work's step 10.4, put to a gate: an active user gets in; an inactive user, an
// expired licence and a token that the publisher did not sign do not.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/engines/channels/entitlement.h"

namespace tcps {

// Who may download `sku` at that time, by token.
using EntitlementGate = std::function<channels::EntitlementAnswer(std::string_view token,
                                                                  std::string_view sku, int64_t now_unix_s)>;

struct EntitlementCase {
  std::string name;
  std::string token;
  int expected_status = 0;
};

// A publisher of the trial's own, its users, and the tokens of the four cases.
struct EntitlementTrial {
  std::string entitlements;  // as channels::Entitlements::parse() reads them
  std::vector<EntitlementCase> cases;
};
// Errors: those of channels::issue_license().
Result<EntitlementTrial> make_entitlement_trial(const std::string& sku, int64_t now_unix_s);

// One sentence for each case that ends otherwise than it must.
std::vector<std::string> put_to_gate(const EntitlementGate& gate, const std::vector<EntitlementCase>& cases,
                                     const std::string& sku, int64_t now_unix_s);

}  // namespace tcps
