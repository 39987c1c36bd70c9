#include "actors/ledger/tlog/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <string>

#include "actors/ledger/tlog/testing/naive_merkle.h"

namespace tcps::tlog {
namespace {

naive::Leaves leaves_of(size_t count) {
  naive::Leaves leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash("leaf " + std::to_string(i)));
  return leaves;
}

Digest with_bit_flipped(const Digest& digest, size_t bit) {
  Bytes raw(digest.raw());
  raw[bit / 8] = static_cast<char>(raw[bit / 8] ^ (1 << (bit % 8)));
  return *Digest::from_raw(raw);
}

TEST(Merkle, PrefixesKeepLeavesAndNodesApart) {
  const Digest a = leaf_hash("a");
  const Digest b = leaf_hash("b");
  EXPECT_EQ(leaf_hash("").hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(empty_root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_NE(node_hash(a, b), leaf_hash(Bytes(a.raw()) + Bytes(b.raw())));
  EXPECT_NE(node_hash(a, b), node_hash(b, a));
}

TEST(Merkle, CompactRangeHasTheReferenceRootAtEverySize) {
  const auto leaves = leaves_of(130);
  CompactRange range;
  for (size_t size = 0; size < leaves.size(); ++size) {
    ASSERT_EQ(range.root(), naive::root_of(naive::first(leaves, size))) << size;
    ASSERT_EQ(range.frontier().size(), static_cast<size_t>(std::popcount(size)));
    range.append(leaves[size]);
  }
}

TEST(Merkle, CompactRangeHandsOutEachCompleteSubtreeOnce) {
  const auto leaves = leaves_of(37);
  naive::LeafReader reader(leaves);
  CompactRange range;
  size_t nodes = 0;
  for (const Digest& leaf : leaves) {
    range.append(leaf, [&](NodeAddress address, const Digest& hash) {
      ++nodes;
      EXPECT_EQ(hash, *reader.node(address)) << address.level << "/" << address.index;
    });
  }
  EXPECT_EQ(nodes, 37u + 18 + 9 + 4 + 2 + 1);
}

TEST(Merkle, CompactRangeRestoresOnlyFromAsManyHashesAsItsSizeHasBits) {
  const auto leaves = leaves_of(12);
  CompactRange range;
  for (size_t i = 0; i < 11; ++i) range.append(leaves[i]);
  auto restored = CompactRange::restore(11, range.frontier());
  ASSERT_TRUE(restored.has_value());
  restored->append(leaves[11]);
  EXPECT_EQ(restored->root(), naive::root_of(leaves));
  EXPECT_EQ(CompactRange::restore(12, range.frontier()).error().code, ErrorCode::invalid);
}

TEST(Merkle, EveryInclusionProofIsTheReferencesAndVerifies) {
  const auto leaves = leaves_of(33);
  naive::LeafReader reader(leaves);
  for (size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = naive::first(leaves, size);
    const Digest root = naive::root_of(tree);
    EXPECT_EQ(*root_at(size, reader), root);
    for (size_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(index, size, reader);
      ASSERT_TRUE(proof.has_value());
      ASSERT_EQ(*proof, naive::path(index, tree));
      ASSERT_TRUE(verify_inclusion(index, size, leaves[index], *proof, root));
    }
  }
}

TEST(Merkle, EveryConsistencyProofIsTheReferencesAndVerifies) {
  const auto leaves = leaves_of(33);
  naive::LeafReader reader(leaves);
  for (size_t size_new = 1; size_new <= leaves.size(); ++size_new) {
    const auto tree = naive::first(leaves, size_new);
    const Digest root_new = naive::root_of(tree);
    for (size_t size_old = 1; size_old <= size_new; ++size_old) {
      const auto proof = consistency_proof(size_old, size_new, reader);
      ASSERT_TRUE(proof.has_value());
      ASSERT_EQ(*proof, naive::subproof(size_old, tree, true));
      ASSERT_TRUE(verify_consistency(size_old, size_new, *proof, naive::root_of(naive::first(tree, size_old)),
                                     root_new));
    }
  }
}

TEST(Merkle, TheEmptyTreeIsAPrefixOfEveryTreeAndOfNothingElse) {
  const auto leaves = leaves_of(5);
  const Digest root = naive::root_of(leaves);
  EXPECT_TRUE(verify_consistency(0, 5, {}, empty_root(), root));
  EXPECT_TRUE(verify_consistency(0, 0, {}, empty_root(), empty_root()));
  EXPECT_FALSE(verify_consistency(0, 5, {}, root, root));
  EXPECT_FALSE(verify_consistency(0, 0, {}, root, root));
  EXPECT_FALSE(verify_consistency(0, 5, {root}, empty_root(), root));
}

TEST(Merkle, RefusesProofsOfWhatIsNotInTheTree) {
  naive::LeafReader reader(leaves_of(4));
  EXPECT_EQ(inclusion_proof(4, 4, reader).error().code, ErrorCode::invalid);
  EXPECT_EQ(inclusion_proof(0, 0, reader).error().code, ErrorCode::invalid);
  EXPECT_EQ(consistency_proof(4, 3, reader).error().code, ErrorCode::invalid);
}

TEST(Merkle, EveryBitFlipOfAnInclusionProofIsRefused) {
  const auto leaves = leaves_of(23);
  naive::LeafReader reader(leaves);
  const Digest root = naive::root_of(leaves);
  for (uint64_t index = 0; index < leaves.size(); ++index) {
    const auto proof = *inclusion_proof(index, leaves.size(), reader);
    for (size_t bit = 0; bit < 256; ++bit) {
      ASSERT_FALSE(verify_inclusion(index, leaves.size(), with_bit_flipped(leaves[index], bit), proof, root));
      ASSERT_FALSE(verify_inclusion(index, leaves.size(), leaves[index], proof, with_bit_flipped(root, bit)));
      for (size_t part = 0; part < proof.size(); ++part) {
        auto forged = proof;
        forged[part] = with_bit_flipped(forged[part], bit);
        ASSERT_FALSE(verify_inclusion(index, leaves.size(), leaves[index], forged, root));
      }
    }
    for (size_t bit = 0; bit < 64; ++bit) {
      ASSERT_FALSE(verify_inclusion(index ^ (1ull << bit), leaves.size(), leaves[index], proof, root));
    }
  }
}

TEST(Merkle, EveryBitFlipOfAConsistencyProofIsRefused) {
  const auto leaves = leaves_of(14);
  naive::LeafReader reader(leaves);
  const Digest root_new = naive::root_of(leaves);
  for (uint64_t size_old = 1; size_old < leaves.size(); ++size_old) {
    const auto proof = *consistency_proof(size_old, leaves.size(), reader);
    const Digest root_old = naive::root_of(naive::first(leaves, size_old));
    for (size_t bit = 0; bit < 256; ++bit) {
      ASSERT_FALSE(
          verify_consistency(size_old, leaves.size(), proof, with_bit_flipped(root_old, bit), root_new));
      ASSERT_FALSE(
          verify_consistency(size_old, leaves.size(), proof, root_old, with_bit_flipped(root_new, bit)));
      for (size_t part = 0; part < proof.size(); ++part) {
        auto forged = proof;
        forged[part] = with_bit_flipped(forged[part], bit);
        ASSERT_FALSE(verify_consistency(size_old, leaves.size(), forged, root_old, root_new));
      }
    }
  }
}

RC_GTEST_PROP(Merkle, NoOtherShapeOfAProofIsAccepted, ()) {
  const auto size = *rc::gen::inRange<size_t>(1, 80);
  const auto leaves = leaves_of(size);
  naive::LeafReader reader(leaves);
  const auto index = *rc::gen::inRange<size_t>(0, size);
  auto proof = *inclusion_proof(index, size, reader);
  const auto at = *rc::gen::inRange<size_t>(0, proof.size() + 1);
  if (*rc::gen::arbitrary<bool>() || at == proof.size()) {
    proof.insert(proof.begin() + at, leaves[*rc::gen::inRange<size_t>(0, size)]);
  } else {
    proof.erase(proof.begin() + at);
  }
  RC_ASSERT_FALSE(verify_inclusion(index, size, leaves[index], proof, naive::root_of(leaves)));
}

RC_GTEST_PROP(Merkle, RandomTreesAgreeWithTheReference, ()) {
  const auto size = *rc::gen::inRange<size_t>(1, 600);
  const auto leaves = leaves_of(size);
  naive::LeafReader reader(leaves);
  const auto old = *rc::gen::inRange<size_t>(1, size + 1);
  RC_ASSERT(*consistency_proof(old, size, reader) == naive::subproof(old, leaves, true));
  const auto index = *rc::gen::inRange<size_t>(0, size);
  RC_ASSERT(*inclusion_proof(index, size, reader) == naive::path(index, leaves));
}

}  // namespace
}  // namespace tcps::tlog
