#include "actors/ledger/tlog/witness.h"

#include <gtest/gtest.h>

#include "actors/ledger/tlog/merkle.h"
#include "actors/ledger/tlog/testing/naive_merkle.h"

namespace tcps::tlog {
namespace {

// A log of leaves "0", "1", ... that can sign any head.
class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    for (int i = 0; i < 40; ++i) leaves.push_back(leaf_hash(std::to_string(i)));
  }
  Digest root(uint64_t size) const {
    return naive::root_of(naive::Leaves(leaves.begin(), leaves.begin() + static_cast<ptrdiff_t>(size)));
  }
  AddCheckpoint request(uint64_t from, uint64_t to) {
    naive::LeafReader nodes(leaves);
    AddCheckpoint request{from, {}, *sign_checkpoint({origin, to, root(to), {}}, log_key, signer)};
    if (from > 0 && from <= to) request.proof = *consistency_proof(from, to, nodes);
    return request;
  }
  // Does what a server does with an answer.
  unsigned submit(const AddCheckpoint& request) {
    const auto read = AddCheckpoint::parse(request.encode());
    EXPECT_TRUE(read.has_value()) << read.error().message;
    const unsigned status = witness.judge(*read).status;
    if (status == 200) witness.advance(*read);
    return status;
  }

  std::string origin = "tcps.dev/line/0011223344556677";
  PrivateKey signer = PrivateKey::generate();
  NoteKey log_key = *NoteKey::make(origin, NoteKeyType::ed25519, signer.public_key());
  naive::Leaves leaves;
  Witness witness = *Witness::make({log_key});
};

TEST_F(WitnessTest, FollowsALogThatOnlyGrows) {
  uint64_t size = 0;
  for (const uint64_t next : {0u, 1u, 2u, 2u, 3u, 17u, 32u, 40u}) {
    EXPECT_EQ(submit(request(size, next)), 200u) << next;
    size = next;
    EXPECT_EQ(witness.size_of(origin), size);
  }
}

TEST_F(WitnessTest, AnswersWithTheStatusOfTheSpecification) {
  ASSERT_EQ(submit(request(0, 7)), 200u);
  auto foreign = request(7, 9);
  foreign.checkpoint.checkpoint.origin = "other";
  EXPECT_EQ(witness.judge(foreign).status, 404u);
  auto stranger = PrivateKey::generate();
  auto unsigned_one = request(7, 9);
  unsigned_one.checkpoint =
      *sign_checkpoint(unsigned_one.checkpoint.checkpoint,
                       *NoteKey::make(origin, NoteKeyType::ed25519, stranger.public_key()), stranger);
  EXPECT_EQ(submit(unsigned_one), 403u);
  EXPECT_EQ(submit(request(9, 7)), 400u);
  for (const uint64_t old : {0u, 3u, 8u}) {
    const auto answer = witness.judge(request(old, 9));
    EXPECT_EQ(answer.status, 409u);
    EXPECT_EQ(answer.content_type, "text/x.tlog.size");
    EXPECT_EQ(answer.body, "7\n");
  }
  auto broken = request(7, 9);
  broken.proof.pop_back();
  EXPECT_EQ(submit(broken), 422u);
  EXPECT_EQ(witness.size_of(origin), 7u);
  EXPECT_EQ(submit(request(7, 9)), 200u);
}

TEST_F(WitnessTest, NeverSignsARewrittenLogWhoeverSignedIt) {
  ASSERT_EQ(submit(request(0, 7)), 200u);
  leaves[3] = leaf_hash("rewritten");
  EXPECT_EQ(submit(request(7, 7)), 409u) << "another root of the same size";
  EXPECT_EQ(submit(request(7, 12)), 422u);
}

TEST_F(WitnessTest, SaysHowALogContradictsWhatWasCosigned) {
  ASSERT_EQ(submit(request(0, 7)), 200u);
  const auto said = [&](const AddCheckpoint& request) {
    return witness.contradiction(request).value_or("nothing").substr(0, 8);
  };
  EXPECT_EQ(said(request(3, 9)), "nothing") << "it forgot what was cosigned";
  EXPECT_EQ(said(request(0, 7)), "nothing");
  EXPECT_EQ(said(request(7, 9)), "nothing");
  EXPECT_EQ(said(request(0, 5)), "ROLLBACK");
  EXPECT_EQ(said(request(7, 5)), "ROLLBACK");
  leaves[3] = leaf_hash("rewritten");
  EXPECT_EQ(said(request(0, 7)), "SPLIT VI");
  EXPECT_EQ(said(request(7, 9)), "INCONSIS");
  EXPECT_EQ(said(request(3, 9)), "nothing") << "not yet asked to go on from what was cosigned";
  auto stranger = PrivateKey::generate();
  auto forged = request(0, 5);
  forged.checkpoint =
      *sign_checkpoint(forged.checkpoint.checkpoint,
                       *NoteKey::make(origin, NoteKeyType::ed25519, stranger.public_key()), stranger);
  EXPECT_EQ(said(forged), "nothing") << "the log did not say so";
}

TEST_F(WitnessTest, TheFirstCheckpointNeedsNoProof) {
  auto padded = request(0, 5);
  padded.proof = {Digest::of("x")};
  EXPECT_EQ(submit(padded), 422u);
  EXPECT_EQ(submit(request(0, 5)), 200u);
}

TEST_F(WitnessTest, GoesOnFromWhatItKept) {
  Witness later = *Witness::make({log_key});
  ASSERT_TRUE(later.restore({origin, 7, root(7), {}}).has_value());
  EXPECT_EQ(later.judge(request(0, 9)).status, 409u);
  EXPECT_EQ(later.judge(request(7, 9)).status, 200u);
  EXPECT_FALSE(later.restore({"other", 7, root(7), {}}).has_value());
  EXPECT_FALSE(
      Witness::make({*NoteKey::make("w", NoteKeyType::cosignature, signer.public_key())}).has_value());
}

TEST_F(WitnessTest, RefusesBodiesThatAreNotInForm) {
  const Bytes note = request(0, 5).checkpoint.note.encode();
  const std::string line = to_base64(Digest::of("x").raw()) + "\n";
  std::string many = "old 1\n";
  for (int i = 0; i < 64; ++i) many += line;
  for (const std::string& body :
       {std::string(), std::string("old 1"), "old 01\n\n" + note, "old -1\n\n" + note, "old\n\n" + note,
        "OLD 1\n\n" + note, "old 1\nabc\n\n" + note, "old 1\n" + note, std::string("old 1\n\nx\n"),
        many + "\n" + note, "old 99999999999999999999\n\n" + note}) {
    EXPECT_FALSE(AddCheckpoint::parse(body).has_value()) << body.substr(0, 40);
  }
}

}  // namespace
}  // namespace tcps::tlog
