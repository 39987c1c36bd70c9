// When a checkpoint counts as certified.
#include "actors/ledger/certification/certificate.h"

#include <gtest/gtest.h>

#include "actors/ledger/tlog/merkle.h"

namespace tcps::ledger {
namespace {

const std::string vouched_origin = "tcps.dev/glue/0123456789abcdef";

struct Signatory {
  std::string name;
  PrivateKey key = PrivateKey::generate();
};

struct Vouching : ::testing::Test {
  tlog::SignedCheckpoint proposal(Signatory& by) {
    return *tlog::sign_checkpoint({vouched_origin, 7, tlog::leaf_hash("x"), {}},
                                  *proposer_key(vouched_origin, by.key.public_key()), by.key);
  }
  void cosign(tlog::SignedCheckpoint& checkpoint, Signatory& by, const std::string& as_node) {
    auto key = *cosigner_key(vouched_origin, as_node, by.key.public_key());
    checkpoint.note.signatures.push_back(
        *tlog::cosign_note(checkpoint.note.text, key, 1'700'000'000, by.key));
  }
  Signatory a{"a"}, b{"b"}, c{"c"}, stranger{"d"};
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

}  // namespace
}  // namespace tcps::ledger
