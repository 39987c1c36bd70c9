#include "actors/engines/channels/entitlement.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "messages/canonical_json.h"
#include "messages/files.h"

namespace tcps::channels {
namespace {

constexpr size_t token_bytes_max = 4096;
constexpr size_t users_file_bytes_max = 16u << 20;

// Set before the signed bytes, so that the publisher's signature of anything else is never a licence.
std::string signed_bytes(const std::string& payload) { return "tcps-license-v1\n" + payload; }

std::optional<License> open_token(std::string_view token, const PublicKey& publisher) {
  const auto dot = token.find('.');
  if (token.size() > token_bytes_max || dot == std::string_view::npos) return std::nullopt;
  const auto payload = from_base64(token.substr(0, dot));
  const auto signature = from_base64(token.substr(dot + 1));
  if (!payload || !signature || !publisher.verify(signed_bytes(*payload), *signature)) return std::nullopt;
  const auto json = parse_json(*payload);
  if (!json || !json->is_object()) return std::nullopt;
  const auto text = [&json](const char* name) {
    const auto field = json->find(name);
    return field != json->end() && field->is_string() ? field->get<std::string>() : std::string();
  };
  const auto expires = json->find("expires_unix_s");
  if (expires == json->end() || !expires->is_number_integer()) return std::nullopt;
  return License{text("user"), text("sku"), expires->get<int64_t>()};
}

}  // namespace

Result<std::string> issue_license(const License& license, Signer& publisher) {
  const auto payload = canonical_json(
      {{"user", license.user}, {"sku", license.sku}, {"expires_unix_s", license.expires_unix_s}});
  const auto signature = TCPS_TRY(publisher.sign(signed_bytes(payload)));
  return to_base64(payload) + "." + to_base64(signature);
}

Result<Entitlements> Entitlements::parse(std::string_view json) {
  const auto value = parse_json(json);
  if (!value) return fail(value.error().at("entitlements"));
  const auto malformed = [](const std::string& member) {
    return fail(ErrorCode::invalid, "entitlements: member '" + member + "' is absent or of the wrong type");
  };
  if (!value->is_object() || !value->contains("publisher") || !value->at("publisher").is_string())
    return malformed("publisher");
  auto publisher = PublicKey::from_base64(value->at("publisher").get<std::string>());
  if (!publisher) return fail(publisher.error().at("entitlements: publisher"));
  if (!value->contains("users") || !value->at("users").is_object()) return malformed("users");
  std::map<std::string, bool> active_by_user;
  for (const auto& [name, user] : value->at("users").items()) {
    if (!user.is_object() || !user.contains("active") || !user.at("active").is_boolean())
      return malformed("users." + name + ".active");
    active_by_user[name] = user.at("active").get<bool>();
  }
  return Entitlements(std::move(*publisher), std::move(active_by_user));
}

Result<Entitlements> Entitlements::load(const std::string& path) {
  const auto bytes = TCPS_TRY(read_file(path, users_file_bytes_max));
  auto parsed = parse(bytes);
  if (!parsed) return fail(parsed.error().at(path));
  return parsed;
}

EntitlementAnswer Entitlements::decide(std::string_view token, std::string_view sku,
                                       int64_t now_unix_s) const {
  const auto license = open_token(token, publisher_);
  if (!license) return {401, "the token is not one of the publisher's"};
  if (license->sku != sku) return {403, "the licence is for another product"};
  if (now_unix_s >= license->expires_unix_s) return {403, "the licence has expired"};
  const auto user = active_by_user_.find(license->user);
  if (user == active_by_user_.end() || !user->second) return {403, "the user is not active"};
  return {200, "granted"};
}

}  // namespace tcps::channels
