// RFC 6962 section 2.1 written down as it stands there, recursively over all leaves: the slow reference that
// tests hold merkle.h to. For tests only.
#pragma once

#include <bit>
#include <vector>

#include "actors/ledger/tlog/merkle.h"

namespace tcps::tlog::naive {

using Leaves = std::vector<Digest>;  // leaf hashes

inline Leaves first(const Leaves& leaves, size_t count) { return {leaves.begin(), leaves.begin() + count}; }
inline Leaves after(const Leaves& leaves, size_t count) { return {leaves.begin() + count, leaves.end()}; }
inline size_t split_of(const Leaves& leaves) { return std::bit_floor(leaves.size() - 1); }

// MTH(D[n])
inline Digest root_of(const Leaves& leaves) {
  if (leaves.empty()) return Digest::of({});
  if (leaves.size() == 1) return leaves[0];
  const size_t k = split_of(leaves);
  return node_hash(root_of(first(leaves, k)), root_of(after(leaves, k)));
}

// PATH(m, D[n])
inline std::vector<Digest> path(size_t m, const Leaves& leaves) {
  if (leaves.size() == 1) return {};
  const size_t k = split_of(leaves);
  auto result = m < k ? path(m, first(leaves, k)) : path(m - k, after(leaves, k));
  result.push_back(m < k ? root_of(after(leaves, k)) : root_of(first(leaves, k)));
  return result;
}

// SUBPROOF(m, D[n], b)
inline std::vector<Digest> subproof(size_t m, const Leaves& leaves, bool whole) {
  if (m == leaves.size()) return whole ? std::vector<Digest>{} : std::vector<Digest>{root_of(leaves)};
  const size_t k = split_of(leaves);
  auto result = m <= k ? subproof(m, first(leaves, k), whole) : subproof(m - k, after(leaves, k), false);
  result.push_back(m <= k ? root_of(after(leaves, k)) : root_of(first(leaves, k)));
  return result;
}

// Node hashes straight from the leaves.
class LeafReader final : public HashReader {
 public:
  explicit LeafReader(Leaves leaves) : leaves_(std::move(leaves)) {}
  Result<Digest> node(NodeAddress address) override {
    const uint64_t begin = address.index << address.level;
    const uint64_t end = (address.index + 1) << address.level;
    TCPS_CHECK(end <= leaves_.size());
    return root_of({leaves_.begin() + begin, leaves_.begin() + end});
  }

 private:
  Leaves leaves_;
};

}  // namespace tcps::tlog::naive
