// How the log itself names its replicas and their keys.
#include "actors/ledger/chain/replica_register.h"

#include <gtest/gtest.h>

namespace tcps::ledger {
namespace {

struct Node {
  std::string name;
  PublicKey key = PrivateKey::generate().public_key();
};

proto::PublicKeyEntry entry(const Node& node, const std::string& role) {
  proto::PublicKeyEntry out;
  out.set_key_id(node.key.id().to_string());
  out.set_public_key(node.key.base64());
  out.set_owner(node.name);
  out.add_roles(role);
  return out;
}

proto::KeyAdded added(const Node& node, const std::string& role) {
  proto::KeyAdded message;
  *message.mutable_key() = entry(node, role);
  return message;
}

proto::KeyRevoked revoked(const Node& node) {
  proto::KeyRevoked message;
  message.set_key_id(node.key.id().to_string());
  return message;
}

proto::ReplicaChanged changed(const std::string& node, const std::string& what) {
  proto::ReplicaChanged message;
  message.set_node(node);
  message.set_change(what);
  return message;
}

struct ReplicaRegisterTest : ::testing::Test {
  ReplicaRegisterTest() {
    proto::Genesis genesis;
    *genesis.add_keys() = entry(a, "replica");
    *genesis.add_keys() = entry(c, "operator");
    log.apply(genesis);
  }
  Node a{"a"}, b{"b"}, c{"c"};
  ReplicaRegister log;
};

TEST_F(ReplicaRegisterTest, RegistersTheReplicasOfTheGenesis) {
  EXPECT_EQ(log.set(), (ReplicaSet{{"a", {a.key}}}));
}

TEST_F(ReplicaRegisterTest, FollowsReplicasAndTheirKeys) {
  log.apply(added(b, "replica"));
  EXPECT_EQ(log.set().size(), 1u) << "a key alone makes no replica";
  log.apply(changed("b", "added"));
  EXPECT_EQ(log.set().size(), 2u);
  const auto changes = log.changes();
  log.apply(proto::WipChanged());
  EXPECT_EQ(log.changes(), changes);

  log.apply(revoked(b));
  EXPECT_TRUE(log.set().at("b").empty()) << "the replica counts, and nothing it signs does";
  log.apply(changed("b", "ejected"));
  EXPECT_FALSE(log.set().contains("b"));
  EXPECT_GT(log.changes(), changes);
}

TEST_F(ReplicaRegisterTest, TellsKeysInForceFromThoseEverNamed) {
  log.apply(added(b, "replica"));
  log.apply(revoked(a));
  EXPECT_EQ(log.keys_in_force(), std::vector{b.key});
  EXPECT_EQ(log.keys_named(), (std::vector{a.key, b.key}));
}

TEST_F(ReplicaRegisterTest, PassesOverWhatNamesNoReplica) {
  auto malformed = added(b, "replica");
  malformed.mutable_key()->set_public_key("AAAA");
  log.apply(malformed);
  log.apply(added(c, "station"));
  log.apply(added(c, "king"));
  log.apply(changed("c", "mended"));
  EXPECT_EQ(log.keys_named(), std::vector{a.key});
  EXPECT_EQ(log.set(), (ReplicaSet{{"a", {a.key}}}));
}

}  // namespace
}  // namespace tcps::ledger
