#include "actors/engines/channels/entitlement.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

using test::TemporaryFolder;

constexpr int64_t now = 1'000'000;

PrivateKey& publisher() {
  static PrivateKey key = PrivateKey::generate();
  return key;
}

Entitlements entitlements() { return {publisher().public_key(), {{"ada", true}, {"bob", false}}}; }

std::string token_of(const std::string& user, int64_t expires = now + 1, const std::string& sku = "product") {
  return *issue_license({user, sku, expires}, publisher());
}

TEST(Entitlements, DecideTheFourCasesOfStandardWork) {
  EXPECT_EQ(entitlements().decide(token_of("ada"), "product", now).http_status, 200);
  EXPECT_TRUE(entitlements().decide(token_of("ada"), "product", now).granted());
  EXPECT_EQ(entitlements().decide(token_of("bob"), "product", now).http_status, 403);
  EXPECT_EQ(entitlements().decide(token_of("ada", now), "product", now).http_status, 403);
  EXPECT_EQ(entitlements().decide("not-a-token", "product", now).http_status, 401);
}

TEST(Entitlements, ForbidOtherProductsAndUnknownUsers) {
  EXPECT_EQ(entitlements().decide(token_of("ada", now + 1, "other"), "product", now).http_status, 403);
  EXPECT_EQ(entitlements().decide(token_of("eve"), "product", now).http_status, 403);
}

TEST(Entitlements, DoNotRecogniseWhatThePublisherDidNotSign) {
  auto stranger = PrivateKey::generate();
  const auto forged = *issue_license({"ada", "product", now + 1}, stranger);
  const auto genuine = token_of("ada");
  const auto payload = to_base64(R"({"expires_unix_s":9999999999,"sku":"product","user":"ada"})");
  const auto bare = *publisher().sign(*from_base64(payload));
  for (const auto& token : {forged, std::string(), std::string("."), genuine.substr(0, genuine.size() - 4),
                            genuine + "AAAA", payload + genuine.substr(genuine.find('.')),
                            payload + "." + to_base64(bare), std::string(10'000, 'A')}) {
    EXPECT_EQ(entitlements().decide(token, "product", now).http_status, 401) << token.substr(0, 80);
  }
}

RC_GTEST_PROP(Entitlements, NoChangedByteOfATokenIsEverGranted, ()) {
  auto token = token_of("ada");
  const auto at = *rc::gen::inRange<size_t>(0, token.size());
  const auto byte = *rc::gen::distinctFrom(rc::gen::arbitrary<char>(), token[at]);
  token[at] = byte;
  RC_ASSERT(!entitlements().decide(token, "product", now).granted());
}

TEST(Entitlements, AreReadFromAFile) {
  TemporaryFolder folder;
  const auto key = publisher().public_key().base64();
  const auto path =
      folder.write("users.json", R"({"publisher":")" + key +
                                     R"(","users":{"ada":{"active":true},"bob":{"active":false}}})");
  const auto loaded = Entitlements::load(path);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE(loaded->decide(token_of("ada"), "product", now).granted());
  EXPECT_FALSE(loaded->decide(token_of("bob"), "product", now).granted());
  EXPECT_EQ(Entitlements::load(folder.at("missing")).error().code, ErrorCode::not_found);
  const auto with_key = R"({"publisher":")" + key + "\"";
  for (const auto& text :
       {std::string(""), std::string("[]"), std::string("{}"), std::string(R"({"publisher":"x","users":{}})"),
        with_key + "}", with_key + R"(,"users":[]})", with_key + R"(,"users":{"ada":{}}})",
        with_key + R"(,"users":{"ada":{"active":1}}})"}) {
    const auto parsed = Entitlements::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid) << text;
  }
}

}  // namespace
}  // namespace tcps::channels
