// RFC 6962 Merkle trees: the arithmetic by which a log of any length is named by one digest, and by which a
// stranger checks that an entry is in it (inclusion) and that a longer log continues a shorter one
// (consistency). Pure rules: no disk, no clock, no threads.
//
// A tree's root covers leaves in order; node_hash and leaf_hash carry the RFC's domain prefixes, so that a
// leaf never passes for a node. A complete subtree is named by its level (0: leaves) and its index at that
// level; the subtrees are what tiles hold (tile.h) and what a HashReader hands out. Verification needs
// nothing but its arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::tlog {

Digest empty_root();  // SHA-256 of nothing
Digest leaf_hash(BytesView leaf);
Digest node_hash(const Digest& left, const Digest& right);

// The complete subtree over leaves [index << level, (index + 1) << level).
struct NodeAddress {
  uint32_t level = 0;
  uint64_t index = 0;
  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

// The right edge of a growing tree: one hash for every bit set in its size. Appending costs one node hash on
// average.
class CompactRange {
 public:
  using NodeHandler = std::function<void(NodeAddress, const Digest&)>;

  CompactRange() = default;
  // `frontier`: hashes of the complete subtrees that make up a tree of `size`, largest first. Errors: invalid
  // (their number).
  static Result<CompactRange> restore(uint64_t size, std::vector<Digest> frontier);

  // Hands `on_node` each complete subtree that the leaf finishes, the leaf itself first.
  void append(const Digest& leaf_hash, const NodeHandler& on_node = nullptr);

  uint64_t size() const { return size_; }
  Digest root() const;
  const std::vector<Digest>& frontier() const { return frontier_; }

 private:
  uint64_t size_ = 0;
  std::vector<Digest> frontier_;
};

// Where node hashes come from. Only complete subtrees within the tree are asked for. Errors: those of the
// storage behind it.
class HashReader {
 public:
  virtual ~HashReader() = default;
  virtual Result<Digest> node(NodeAddress address) = 0;
};

// The addresses of the complete subtrees that make up a tree of `size`, largest first.
std::vector<NodeAddress> frontier_addresses(uint64_t size);

// Root of the first `size` leaves.
Result<Digest> root_at(uint64_t size, HashReader& nodes);

// RFC 6962 2.1.1: the audit path of leaf `index` in the tree of the first `size` leaves. Errors: invalid
// (index not below size).
Result<std::vector<Digest>> inclusion_proof(uint64_t index, uint64_t size, HashReader& nodes);

// RFC 6962 2.1.2: that the tree of `size_old` leaves is a prefix of that of `size_new`; empty when they are
// equal or the old one is empty. Errors: invalid (size_old above size_new).
Result<std::vector<Digest>> consistency_proof(uint64_t size_old, uint64_t size_new, HashReader& nodes);

// True exactly when `proof` proves that the leaf with this hash is number `index` of the tree with this size
// and root.
bool verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                      const std::vector<Digest>& proof, const Digest& root);

// True exactly when `proof` proves that the old tree is a prefix of the new one. The empty tree is a prefix
// of every tree.
bool verify_consistency(uint64_t size_old, uint64_t size_new, const std::vector<Digest>& proof,
                        const Digest& root_old, const Digest& root_new);

}  // namespace tcps::tlog
