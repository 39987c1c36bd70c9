#include "actors/stages/verify/entitlement_cases.h"

#include <nlohmann/json.hpp>

#include "messages/keys.h"

namespace tcps {

Result<EntitlementTrial> make_entitlement_trial(const std::string& sku, int64_t now_unix_s) {
  auto publisher = PrivateKey::generate();
  auto stranger = PrivateKey::generate();
  const auto later = now_unix_s + 3'600;
  const auto active = channels::issue_license({"active-user", sku, later}, publisher);
  const auto inactive = channels::issue_license({"inactive-user", sku, later}, publisher);
  const auto expired = channels::issue_license({"active-user", sku, now_unix_s}, publisher);
  const auto forged = channels::issue_license({"active-user", sku, later}, stranger);
  for (const auto* license : {&active, &inactive, &expired, &forged}) {
    if (!*license) return fail(license->error());
  }
  const nlohmann::json users = {{"active-user", {{"active", true}}}, {"inactive-user", {{"active", false}}}};
  const nlohmann::json entitlements = {{"publisher", publisher.public_key().base64()}, {"users", users}};
  return EntitlementTrial{entitlements.dump(),
                          {{"active user", *active, 200},
                           {"inactive user", *inactive, 403},
                           {"expired license", *expired, 403},
                           {"invalid token", *forged, 401}}};
}

std::vector<std::string> put_to_gate(const EntitlementGate& gate, const std::vector<EntitlementCase>& cases,
                                     const std::string& sku, int64_t now_unix_s) {
  std::vector<std::string> wrong;
  for (const auto& one : cases) {
    const auto verdict = gate(one.token, sku, now_unix_s);
    if (verdict.http_status == one.expected_status) continue;
    wrong.push_back("'" + one.name + "' got " + std::to_string(verdict.http_status) + " instead of " +
                    std::to_string(one.expected_status) + " (" + verdict.reason + ")");
  }
  return wrong;
}

}  // namespace tcps
