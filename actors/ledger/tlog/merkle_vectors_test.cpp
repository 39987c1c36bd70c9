// The proof vectors of tests/conformance/merkle: each must be accepted or refused as it is marked.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "actors/ledger/tlog/merkle.h"
#include "tests/support/places.h"

namespace tcps::tlog {
namespace {

using nlohmann::json;

std::vector<json> vectors_in(const std::string& group) {
  std::vector<json> vectors;
  const std::filesystem::path folder =
      std::filesystem::path(test::source_folder()) / "tests/conformance/merkle" / group;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    vectors.push_back(json::parse(in));
    vectors.back()["file"] = file.path().string();
  }
  return vectors;
}

std::optional<Digest> hash_of(const json& text) {
  auto raw = from_base64(text.get<std::string>());
  if (!raw) return std::nullopt;
  auto digest = Digest::from_raw(*raw);
  return digest ? std::optional(*digest) : std::nullopt;
}

// Nothing when a part is no hash at all, which refuses the proof.
std::optional<std::vector<Digest>> proof_of(const json& vector) {
  std::vector<Digest> proof;
  if (vector["proof"].is_null()) return proof;
  for (const json& part : vector["proof"]) {
    auto hash = hash_of(part);
    if (!hash) return std::nullopt;
    proof.push_back(*hash);
  }
  return proof;
}

TEST(MerkleVectors, InclusionProofsBehaveAsMarked) {
  const auto vectors = vectors_in("inclusion");
  ASSERT_EQ(vectors.size(), 49u);
  for (const json& v : vectors) {
    const auto leaf = hash_of(v["leafHash"]);
    const auto root = hash_of(v["root"]);
    const auto proof = proof_of(v);
    const bool good =
        leaf && root && proof &&
        verify_inclusion(v["leafIdx"].get<uint64_t>(), v["treeSize"].get<uint64_t>(), *leaf, *proof, *root);
    EXPECT_EQ(good, !v["wantErr"].get<bool>()) << v["file"];
  }
}

TEST(MerkleVectors, ConsistencyProofsBehaveAsMarked) {
  const auto vectors = vectors_in("consistency");
  ASSERT_EQ(vectors.size(), 43u);
  for (const json& v : vectors) {
    const auto root_old = hash_of(v["root1"]);
    const auto root_new = hash_of(v["root2"]);
    const auto proof = proof_of(v);
    const bool good = root_old && root_new && proof &&
                      verify_consistency(v["size1"].get<uint64_t>(), v["size2"].get<uint64_t>(), *proof,
                                         *root_old, *root_new);
    EXPECT_EQ(good, !v["wantErr"].get<bool>()) << v["file"];
  }
}

}  // namespace
}  // namespace tcps::tlog
