#include "actors/ledger/tlog/checkpoint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/ledger/tlog/merkle.h"

namespace tcps::tlog {
namespace {

TEST(Checkpoint, BodyFollowsTlogCheckpoint) {
  const Checkpoint checkpoint{"example.com/log", 20852163, leaf_hash("x"), {}};
  EXPECT_EQ(checkpoint.body(), "example.com/log\n20852163\n" + to_base64(leaf_hash("x").raw()) + "\n");
  EXPECT_EQ(*Checkpoint::parse(checkpoint.body()), checkpoint);
  const Checkpoint extended{"example.com/log", 0, empty_root(), {"one", "two words"}};
  EXPECT_EQ(*Checkpoint::parse(extended.body()), extended);
}

TEST(Checkpoint, OriginNamesLineAndGenesis) {
  const Digest genesis =
      *Digest::parse("sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  EXPECT_EQ(checkpoint_origin(LineName::literal("transport"), genesis),
            "tcps.dev/transport/0011223344556677");
}

TEST(Checkpoint, BodiesThatAreNotCanonicalAreRefused) {
  const std::string root = to_base64(empty_root().raw());
  for (const std::string& body :
       {std::string(), std::string("\n"), "o\n1\n" + root, "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n",
        "o\n+1\n" + root + "\n", "o\n1 \n" + root + "\n", "o\n18446744073709551616\n" + root + "\n",
        "\n1\n" + root + "\n", "o\n1\n" + root + "\n\n", "o\n1\n" + root + "\nx\n\n", "o\n1\n" + root + "\nx",
        std::string("o\n1\nAAAA\n"), "o\n1\n" + root.substr(0, 43) + "\n", "o\n\n" + root + "\n"}) {
    EXPECT_FALSE(Checkpoint::parse(body).has_value()) << body;
  }
}

TEST(Checkpoint, SignedCheckpointsReadBackAndVerify) {
  auto signer = PrivateKey::generate();
  const auto key = *NoteKey::make("tcps.dev/line/node-1", NoteKeyType::ed25519, signer.public_key());
  const Checkpoint checkpoint{"tcps.dev/line/0011223344556677", 7, leaf_hash("root"), {}};
  const auto made = sign_checkpoint(checkpoint, key, signer);
  ASSERT_TRUE(made.has_value());
  const auto read = SignedCheckpoint::parse(made->note.encode());
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->checkpoint, checkpoint);
  EXPECT_TRUE(verify_note(read->note, key));
}

TEST(Checkpoint, EveryBitFlipOfASignedCheckpointIsRefused) {
  auto signer = PrivateKey::generate();
  const auto key = *NoteKey::make("n", NoteKeyType::ed25519, signer.public_key());
  const Bytes bytes = sign_checkpoint({"log", 7, leaf_hash("root"), {}}, key, signer)->note.encode();
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto read = SignedCheckpoint::parse(flipped);
    ASSERT_FALSE(read.has_value() && verify_note(read->note, key)) << bit;
  }
}

RC_GTEST_PROP(Checkpoint, ParserSurvivesAnyText, (std::string text)) {
  const auto checkpoint = Checkpoint::parse(text);
  RC_ASSERT((!checkpoint.has_value() || checkpoint->body() == text));
}

}  // namespace
}  // namespace tcps::tlog
