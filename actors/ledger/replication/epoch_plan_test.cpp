// Who opens the next epoch, from which log, and what replicas say of themselves for that.
#include "actors/ledger/replication/epoch_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcps::ledger {
namespace {

using ::testing::HasSubstr;

const std::string origin = "tcps.dev/glue/0123456789abcdef";

struct Epochs : ::testing::Test {
  Epochs() {
    for (auto name : {"a", "b", "c"}) {
      keys.emplace(name, PrivateKey::generate());
      replicas[name] = {keys.at(name).public_key()};
    }
  }
  ReplicaState state(const std::string& node, uint64_t size, uint64_t next, bool halted = true) {
    return {node, {size, tlog::leaf_hash(std::to_string(size))}, {1, next}, halted, {}, std::nullopt};
  }
  tlog::SignedCheckpoint certificate(uint64_t size) {
    auto checkpoint = *tlog::sign_checkpoint({origin, size, tlog::leaf_hash(std::to_string(size)), {}},
                                             *proposer_key(origin, keys.at("a").public_key()), keys.at("a"));
    auto key = *cosigner_key(origin, "b", keys.at("b").public_key());
    checkpoint.note.signatures.push_back(*tlog::cosign_note(checkpoint.note.text, key, 1, keys.at("b")));
    return checkpoint;
  }
  std::map<std::string, PrivateKey> keys;
  ReplicaSet replicas;
};

TEST_F(Epochs, WaitForAMajorityThatIsHalted) {
  const auto own = state("a", 10, 20);
  EXPECT_TRUE(std::holds_alternative<WaitForReplicas>(plan_epoch(own, {}, replicas, 5)));
  EXPECT_TRUE(std::holds_alternative<WaitForReplicas>(
      plan_epoch(own, {state("b", 9, 19, false), state("stranger", 9, 19)}, replicas, 5)));
  auto later = state("b", 9, 19);
  later.next.epoch = 2;
  EXPECT_TRUE(std::holds_alternative<WaitForReplicas>(plan_epoch(own, {later}, replicas, 5)));
}

TEST_F(Epochs, AreOpenedByTheLargestLogAboveAllPositionsSeen) {
  const auto a = state("a", 10, 20), b = state("b", 12, 18);
  const auto plan = plan_epoch(b, {a}, replicas, 7);
  const auto* open = std::get_if<OpenEpoch>(&plan);
  ASSERT_NE(open, nullptr);
  EXPECT_EQ(open->epoch, 2u);
  EXPECT_EQ(open->first_sequence, 20 + epoch_margin);
  EXPECT_EQ(open->log, b.head);
  const auto other = plan_epoch(a, {b}, replicas, 7);
  EXPECT_EQ(std::get<LeaveToPeer>(other).node, "b");
  const auto longer_stream = plan_epoch(b, {a}, replicas, 500);
  EXPECT_EQ(std::get<OpenEpoch>(longer_stream).first_sequence, 500 + epoch_margin);
}

TEST_F(Epochs, GoToTheFirstByNameAmongEqualLogs) {
  EXPECT_TRUE(
      std::holds_alternative<OpenEpoch>(plan_epoch(state("a", 10, 20), {state("b", 10, 20)}, replicas, 0)));
  EXPECT_EQ(std::get<LeaveToPeer>(plan_epoch(state("b", 10, 20), {state("a", 10, 20)}, replicas, 0)).node,
            "a");
}

TEST_F(Epochs, OfOneReplicaAreItsOwn) {
  EXPECT_TRUE(std::holds_alternative<OpenEpoch>(plan_epoch(state("a", 3, 4), {}, {{"a", replicas["a"]}}, 0)));
}

TEST_F(Epochs, LoseNothingThatIsCertified) {
  auto b = state("b", 9, 19);
  b.certificate = certificate(11);  // b forgot what it had
  const auto plan = plan_epoch(state("a", 10, 20), {b}, replicas, 0);
  ASSERT_TRUE(std::holds_alternative<WaitForReplicas>(plan));
  EXPECT_THAT(std::get<WaitForReplicas>(plan).sentence, HasSubstr("11 entries are certified"));
  b.certificate = certificate(10);
  EXPECT_TRUE(std::holds_alternative<OpenEpoch>(plan_epoch(state("a", 10, 20), {b}, replicas, 0)));
}

TEST_F(Epochs, StatesTravelSignedAndAnswerOneQuestion) {
  auto said = state("a", 10, 20);
  said.certificate = certificate(8);
  const auto bytes = *encode_replica_state(said, origin, "nonce1", 5, keys.at("a"));
  auto heard = decode_replica_state(bytes, "nonce1");
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_EQ(heard->state.node, "a");
  EXPECT_EQ(heard->state.head, said.head);
  EXPECT_EQ(heard->state.next, said.next);
  EXPECT_TRUE(heard->state.halted);
  EXPECT_EQ(heard->state.certificate->checkpoint.size, 8u);
  EXPECT_TRUE(heard->signed_by(replicas["a"]));
  EXPECT_FALSE(heard->signed_by(replicas["b"]));
  EXPECT_FALSE(decode_replica_state(bytes, "nonce2"));
  for (const char* bad : {"", "[]", "{}", "{\"node\":\"a\",\"state\":7}"})
    EXPECT_FALSE(decode_replica_state(bad, "n"));
  auto forged = bytes;
  forged.replace(forged.find("next 20"), 7, "next 99");
  auto read = decode_replica_state(forged, "nonce1");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->signed_by(replicas["a"]));
}

}  // namespace
}  // namespace tcps::ledger
