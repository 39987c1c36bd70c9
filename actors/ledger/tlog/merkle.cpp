#include "actors/ledger/tlog/merkle.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace tcps::tlog {
namespace {

constexpr char leaf_prefix = 0;
constexpr char node_prefix = 1;

// Leaves [begin, end) of a tree; begin is a multiple of the largest power of two below or at the length.
struct Range {
  uint64_t begin;
  uint64_t end;
  uint64_t length() const { return end - begin; }
};

// Where RFC 6962 splits a range of two or more leaves: after the largest power of two below its length.
uint64_t split_of(Range range) { return range.begin + std::bit_floor(range.length() - 1); }

// Complete subtrees that make up a range, largest first.
std::vector<NodeAddress> subtrees_of(Range range) {
  std::vector<NodeAddress> addresses;
  for (uint64_t at = range.begin; at < range.end;) {
    const uint64_t width = std::bit_floor(range.end - at);
    const auto level = static_cast<uint32_t>(std::countr_zero(width));
    addresses.push_back({level, at >> level});
    at += width;
  }
  return addresses;
}

Digest fold_from_the_right(const std::vector<Digest>& hashes) {
  Digest result = hashes.back();
  for (size_t i = hashes.size() - 1; i-- > 0;) result = node_hash(hashes[i], result);
  return result;
}

Result<Digest> range_hash(Range range, HashReader& nodes) {
  std::vector<Digest> hashes;
  for (const NodeAddress& address : subtrees_of(range)) {
    auto hash = TCPS_TRY(nodes.node(address));
    hashes.push_back(hash);
  }
  return fold_from_the_right(hashes);
}

// Hashes of the ranges, last first: proofs run from the leaves to the root, while splitting runs from the
// root down.
Result<std::vector<Digest>> hashes_upwards(const std::vector<Range>& ranges, HashReader& nodes) {
  std::vector<Digest> proof;
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    auto hash = TCPS_TRY(range_hash(*range, nodes));
    proof.push_back(hash);
  }
  return proof;
}

}  // namespace

Digest empty_root() { return Digest::of({}); }

Digest leaf_hash(BytesView leaf) {
  Bytes prefixed;
  prefixed.reserve(leaf.size() + 1);
  prefixed.push_back(leaf_prefix);
  prefixed.append(leaf);
  return Digest::of(prefixed);
}

Digest node_hash(const Digest& left, const Digest& right) {
  char bytes[1 + 2 * Digest::size];
  bytes[0] = node_prefix;
  std::memcpy(bytes + 1, left.raw().data(), Digest::size);
  std::memcpy(bytes + 1 + Digest::size, right.raw().data(), Digest::size);
  return Digest::of({bytes, sizeof bytes});
}

Result<CompactRange> CompactRange::restore(uint64_t size, std::vector<Digest> frontier) {
  if (frontier.size() != static_cast<size_t>(std::popcount(size))) {
    return fail(ErrorCode::invalid, fmt::format("a tree of {} leaves has {} frontier hashes, not {}", size,
                                                std::popcount(size), frontier.size()));
  }
  CompactRange range;
  range.size_ = size;
  range.frontier_ = std::move(frontier);
  return range;
}

void CompactRange::append(const Digest& leaf_hash, const NodeHandler& on_node) {
  Digest hash = leaf_hash;
  uint64_t index = size_;
  uint32_t level = 0;
  if (on_node) on_node({level, index}, hash);
  for (; (index & 1) != 0; index >>= 1) {
    hash = node_hash(frontier_.back(), hash);
    frontier_.pop_back();
    ++level;
    if (on_node) on_node({level, index >> 1}, hash);
  }
  frontier_.push_back(hash);
  ++size_;
}

Digest CompactRange::root() const {
  return frontier_.empty() ? empty_root() : fold_from_the_right(frontier_);
}

std::vector<NodeAddress> frontier_addresses(uint64_t size) { return subtrees_of({0, size}); }

Result<Digest> root_at(uint64_t size, HashReader& nodes) {
  if (size == 0) return empty_root();
  return range_hash({0, size}, nodes);
}

Result<std::vector<Digest>> inclusion_proof(uint64_t index, uint64_t size, HashReader& nodes) {
  if (index >= size) {
    return fail(
        ErrorCode::invalid,
        fmt::format("entry {} is not in a tree of {} entries: ask for a smaller index or a larger size",
                    index, size));
  }
  std::vector<Range> siblings;
  for (Range range{0, size}; range.length() > 1;) {
    const uint64_t split = split_of(range);
    if (index < split) {
      siblings.push_back({split, range.end});
      range.end = split;
    } else {
      siblings.push_back({range.begin, split});
      range.begin = split;
    }
  }
  return hashes_upwards(siblings, nodes);
}

Result<std::vector<Digest>> consistency_proof(uint64_t size_old, uint64_t size_new, HashReader& nodes) {
  if (size_old > size_new) {
    return fail(
        ErrorCode::invalid,
        fmt::format("a tree of {} entries cannot continue one of {}: swap the sizes", size_new, size_old));
  }
  if (size_old == 0 || size_old == size_new) return std::vector<Digest>{};
  std::vector<Range> parts;
  Range range{0, size_new};
  while (range.end != size_old) {
    const uint64_t split = split_of(range);
    if (size_old <= split) {
      parts.push_back({split, range.end});
      range.end = split;
    } else {
      parts.push_back({range.begin, split});
      range.begin = split;
    }
  }
  // The old tree's own last subtree: known to the verifier only when it is the whole old tree.
  if (range.begin != 0) parts.push_back(range);
  return hashes_upwards(parts, nodes);
}

// RFC 9162 2.1.3.2.
bool verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                      const std::vector<Digest>& proof, const Digest& root) {
  if (index >= size) return false;
  uint64_t position = index;
  uint64_t last = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((position & 1) != 0 || position == last) {
      hash = node_hash(sibling, hash);
      while ((position & 1) == 0 && position != 0) {
        position >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    position >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

// RFC 9162 2.1.4.2.
bool verify_consistency(uint64_t size_old, uint64_t size_new, const std::vector<Digest>& proof,
                        const Digest& root_old, const Digest& root_new) {
  if (size_old > size_new) return false;
  if (size_old == size_new) {
    return proof.empty() && root_old == root_new && (size_old != 0 || root_old == empty_root());
  }
  if (size_old == 0) return proof.empty() && root_old == empty_root();
  const bool old_is_subtree = std::has_single_bit(size_old);
  if (!old_is_subtree && proof.empty()) return false;

  uint64_t position = size_old - 1;
  uint64_t last = size_new - 1;
  const int shared = std::countr_one(position);
  position >>= shared;
  last >>= shared;
  Digest hash_old = old_is_subtree ? root_old : proof.front();
  Digest hash_new = hash_old;
  for (size_t i = old_is_subtree ? 0 : 1; i < proof.size(); ++i) {
    if (last == 0) return false;
    if ((position & 1) != 0 || position == last) {
      hash_old = node_hash(proof[i], hash_old);
      hash_new = node_hash(proof[i], hash_new);
      while ((position & 1) == 0 && position != 0) {
        position >>= 1;
        last >>= 1;
      }
    } else {
      hash_new = node_hash(hash_new, proof[i]);
    }
    position >>= 1;
    last >>= 1;
  }
  return last == 0 && hash_old == root_old && hash_new == root_new;
}

}  // namespace tcps::tlog
