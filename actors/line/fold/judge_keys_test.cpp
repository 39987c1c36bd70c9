// Who may speak: keys added, revoked, granted stages and pools, and messages that are not by the key they
// name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Keys;

TEST(LineState, KnowsForgeriesFromHonestMistakes) {
  Factory f(Keys::real);
  f.begin();
  auto stranger = testing::make_member(Keys::real, "mallory", {Role::station});
  auto id = f.accept("s-1");
  auto verdict = f.send(f.passed(f.order(id)), stranger);
  EXPECT_THAT(verdict.reason, HasSubstr("unknown"));
  EXPECT_TRUE(verdict.forged);

  auto altered = f.seal(f.passed(f.order(id)), f.node_a);
  altered.message.envelope.payload += " ";
  EXPECT_TRUE(f.apply(altered).forged);

  auto borrowed = f.seal(f.passed(f.order(id)), stranger);
  borrowed.message.envelope.signatures.front().key_id = f.node_a.grant.key_id();
  EXPECT_TRUE(f.apply(borrowed).forged);

  auto twice = f.seal(f.passed(f.order(id)), f.node_a);
  twice.message.envelope.signatures.push_back(twice.message.envelope.signatures.front());
  EXPECT_THAT(f.apply(twice).reason, HasSubstr("exactly one signature"));

  auto none = f.seal(f.passed(f.order(id)), f.node_a);
  none.message.envelope.signatures.clear();
  EXPECT_FALSE(f.apply(none).admitted);

  auto astray = f.seal(f.passed(f.order(id)), f.node_a);
  astray.subject = "tcps.glue.event.failed." + id.str();
  auto refused = f.apply(astray);
  EXPECT_THAT(refused.reason, HasSubstr("subject is not the one"));
  EXPECT_FALSE(refused.forged);
  EXPECT_EQ(f.order(id).stage, Stage::pull);
}

TEST(LineState, RefusesARevokedKeyFromItsPositionOn) {
  Factory f(Keys::real);
  f.begin();
  auto id = f.accept("s-1");
  f.pass(id);
  proto::KeyRevoked revoked;
  *revoked.mutable_log() = f.origin();
  revoked.set_key_id(f.node_a.grant.key_id());
  EXPECT_THAT(f.send(revoked, f.bob).reason, HasSubstr("lacks the role root"));
  f.admit(revoked, f.ann);
  auto verdict = f.send(f.passed(f.order(id)), f.node_a);
  EXPECT_TRUE(verdict.forged);
  EXPECT_THAT(verdict.reason, HasSubstr("revoked"));

  proto::KeyAdded again;
  *again.mutable_log() = f.origin();
  *again.mutable_key() = f.node_a.grant;
  EXPECT_THAT(f.send(again, f.ann).reason, HasSubstr("revoked"));
  *again.mutable_key() = f.ann.grant;
  EXPECT_THAT(f.send(again, f.ann).reason, HasSubstr("already known"));
  revoked.set_key_id(f.ann.grant.key_id());
  EXPECT_THAT(f.send(revoked, f.ann).reason, HasSubstr("last root key"));
}

TEST(LineState, AddsAKeyThatCountsFromThenOn) {
  Factory f(Keys::real);
  f.begin();
  auto late = testing::make_member(Keys::real, "node-late", {Role::station});
  auto id = f.accept("s-1");
  proto::KeyAdded added;
  *added.mutable_log() = f.origin();
  *added.mutable_key() = late.grant;
  EXPECT_THAT(f.send(added, f.bob).reason, HasSubstr("lacks the role root"));
  auto malformed = added;
  malformed.mutable_key()->clear_owner();
  EXPECT_FALSE(f.send(malformed, f.ann).admitted);
  f.admit(added, f.ann);
  EXPECT_TRUE(f.send(f.passed(f.order(id)), late).admitted);
}

TEST(KeyRing, GrantsStagesAndPoolsAsWritten) {
  auto member = testing::make_member(Keys::cheap, "node-x", {Role::station});
  member.grant.add_stages("build");
  member.grant.add_pools("arm");
  auto grant = KeyGrant::from_proto(member.grant).value();
  EXPECT_TRUE(grant.may_work(Stage::build, "arm"));
  EXPECT_FALSE(grant.may_work(Stage::build, "any"));
  EXPECT_FALSE(grant.may_work(Stage::test, "arm"));
  EXPECT_EQ(grant.to_proto().SerializeAsString(), member.grant.SerializeAsString());
  for (auto spoil : std::vector<std::function<void(proto::PublicKeyEntry&)>>{
           [](auto& m) { m.set_public_key("AAAA"); }, [](auto& m) { m.clear_roles(); },
           [](auto& m) { m.add_stages("x"); }, [](auto& m) { m.add_pools("A B"); },
           [](auto& m) { m.set_owner(std::string(257, 'x')); }}) {
    auto entry = member.grant;
    spoil(entry);
    EXPECT_FALSE(KeyGrant::from_proto(entry));
  }
}

TEST(KeyRing, IsBoundedWithRevokedKeysCounted) {
  KeyRing ring;
  for (size_t i = 0; i < keys_max; ++i) {
    ring.add(KeyGrant::from_proto(
                 testing::make_member(Keys::cheap, "k-" + std::to_string(i), {Role::station}).grant)
                 .value());
  }
  auto one_more =
      KeyGrant::from_proto(testing::make_member(Keys::cheap, "one-more", {Role::station}).grant).value();
  EXPECT_FALSE(ring.can_add(one_more));
  ring.revoke(ring.all().front()->key_id);
  EXPECT_FALSE(ring.can_add(one_more));
  EXPECT_FALSE(ring.can_revoke("sha256:0"));
}

}  // namespace
}  // namespace tcps::line
