// When a checkpoint counts as certified, and how the log itself names its replicas.
#include "actors/ledger/certification/certificate.h"

#include <gtest/gtest.h>

#include "actors/ledger/tlog/merkle.h"

namespace tcps::ledger {
namespace {

const std::string origin = "tcps.dev/glue/0123456789abcdef";

struct Node {
  std::string name;
  PrivateKey key = PrivateKey::generate();
};

struct Vouching : ::testing::Test {
  tlog::SignedCheckpoint proposal(Node& by) {
    return *tlog::sign_checkpoint({origin, 7, tlog::leaf_hash("x"), {}},
                                  *proposer_key(origin, by.key.public_key()), by.key);
  }
  void cosign(tlog::SignedCheckpoint& checkpoint, Node& by, const std::string& as_node) {
    auto key = *cosigner_key(origin, as_node, by.key.public_key());
    checkpoint.note.signatures.push_back(
        *tlog::cosign_note(checkpoint.note.text, key, 1'700'000'000, by.key));
  }
  Node a{"a"}, b{"b"}, c{"c"}, stranger{"d"};
  ReplicaSet replicas{{"a", {a.key.public_key()}}, {"b", {b.key.public_key()}}, {"c", {c.key.public_key()}}};
};

TEST_F(Vouching, AMajorityIsMoreThanHalf) {
  EXPECT_EQ(majority(1), 1u);
  EXPECT_EQ(majority(2), 2u);
  EXPECT_EQ(majority(3), 2u);
  EXPECT_EQ(majority(4), 3u);
  EXPECT_EQ(majority(5), 3u);
}

TEST_F(Vouching, TheProposersSignatureAndOneCosignatureCertifyAmongThree) {
  auto checkpoint = proposal(a);
  EXPECT_FALSE(is_certified(checkpoint, replicas));
  cosign(checkpoint, b, "b");
  EXPECT_TRUE(is_certified(checkpoint, replicas));
  EXPECT_EQ(signers_of(checkpoint, replicas), (std::set<std::string>{"a", "b"}));
}

TEST_F(Vouching, TheProposersOwnCosignatureIsNoSecondWord) {
  auto checkpoint = proposal(a);
  cosign(checkpoint, a, "a");
  EXPECT_FALSE(is_certified(checkpoint, replicas));
}

TEST_F(Vouching, WordsOfStrangersAndInAnothersNameDoNotCount) {
  auto checkpoint = proposal(stranger);
  cosign(checkpoint, stranger, "b");
  cosign(checkpoint, a, "c");
  EXPECT_TRUE(signers_of(checkpoint, replicas).empty());
}

TEST_F(Vouching, AWordOnAnotherTextDoesNotCount) {
  auto checkpoint = proposal(a);
  cosign(checkpoint, b, "b");
  checkpoint.note.text.insert(checkpoint.note.text.find("\n7\n") + 2, "0");
  EXPECT_TRUE(signers_of(checkpoint, replicas).empty());
}

TEST_F(Vouching, NobodysWordIsNoMajority) { EXPECT_FALSE(is_certified(proposal(a), {})); }

proto::PublicKeyEntry entry(const Node& node, const std::string& role) {
  proto::PublicKeyEntry out;
  out.set_key_id(node.key.public_key().id().to_string());
  out.set_public_key(node.key.public_key().base64());
  out.set_owner(node.name);
  out.add_roles(role);
  return out;
}

proto::ReplicaChanged changed(const std::string& node, const std::string& what) {
  proto::ReplicaChanged message;
  message.set_node(node);
  message.set_change(what);
  return message;
}

TEST_F(Vouching, TheLogNamesReplicasAndTheirKeys) {
  ReplicaRegister log;
  proto::Genesis genesis;
  *genesis.add_keys() = entry(a, "replica");
  *genesis.add_keys() = entry(c, "operator");
  log.apply(genesis);
  EXPECT_EQ(log.set(), (ReplicaSet{{"a", {a.key.public_key()}}}));

  proto::KeyAdded added;
  *added.mutable_key() = entry(b, "replica");
  log.apply(added);
  log.apply(changed("b", "added"));
  EXPECT_EQ(log.set().size(), 2u);
  const auto changes = log.changes();
  log.apply(proto::WipChanged());
  EXPECT_EQ(log.changes(), changes);

  proto::KeyRevoked revoked;
  revoked.set_key_id(b.key.public_key().id().to_string());
  log.apply(revoked);
  EXPECT_TRUE(log.set().at("b").empty()) << "the replica counts, and nothing it signs does";
  log.apply(changed("b", "ejected"));
  EXPECT_FALSE(log.set().contains("b"));
  EXPECT_GT(log.changes(), changes);
}

}  // namespace
}  // namespace tcps::ledger
