// Replicas that come to certified checkpoints, each a state machine; the messages between them are a queue
// that the test may shorten, shuffle and repeat.
#include "actors/ledger/certification/certification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "actors/ledger/tlog/merkle.h"

namespace tcps::ledger {
namespace {

using ::testing::HasSubstr;

const std::string origin = "tcps.dev/glue/0123456789abcdef";
constexpr uint64_t now_s = 1'700'000'000;

Digest root_of(const std::vector<std::string>& leaves, uint64_t size) {
  tlog::CompactRange tree;
  for (uint64_t i = 0; i < size; ++i) tree.append(tlog::leaf_hash(leaves[i]));
  return tree.root();
}

struct Node {
  explicit Node(std::string name_) : name(std::move(name_)) { start({}); }

  void start(SizedRoot signed_head) {
    Certification::Config config;
    config.origin = origin;
    config.node = name;
    config.signer = &key;
    config.root_at = [this](uint64_t size) -> Result<Digest> { return root_of(leaves, size); };
    config.signed_head = signed_head;
    machine.emplace(std::move(config));
  }

  std::string name;
  PrivateKey key = PrivateKey::generate();
  std::vector<std::string> leaves;
  std::optional<Certification> machine;
  std::vector<tlog::SignedCheckpoint> certificates;
  std::vector<uint64_t> signed_sizes;
  std::vector<std::string> calls;
};

struct Line {
  explicit Line(std::initializer_list<const char*> names) {
    for (const auto* name : names) nodes.push_back(std::make_unique<Node>(name));
    for (const auto& node : nodes) replicas[node->name] = {node->key.public_key()};
    for (const auto& node : nodes)
      act(*node, node->machine->reached({0, tlog::empty_root()}, replicas, now_s));
  }
  Node& operator[](size_t index) { return *nodes[index]; }

  void grow(Node& node, size_t size, const std::string& history = "") {
    while (node.leaves.size() < size) node.leaves.push_back(history + std::to_string(node.leaves.size()));
    act(node, node.machine->reached({size, root_of(node.leaves, size)}, {}, now_s));
  }
  void grow_all(size_t size) {
    for (const auto& node : nodes) grow(*node, size);
  }

  void act(Node& from, Certification::Outcome outcome) {
    ASSERT_TRUE(outcome) << outcome.error().message;
    for (auto& action : *outcome) {
      if (auto* proposal = std::get_if<SendProposal>(&action)) {
        from.signed_sizes.push_back(proposal->note.checkpoint.size);
        send(from, "proposed", proposal->note);
      } else if (auto* word = std::get_if<SendCosignature>(&action)) {
        from.signed_sizes.push_back(word->note.checkpoint.size);
        send(from, "cosigned", word->note);
      } else if (auto* certify = std::get_if<Certify>(&action)) {
        from.certificates.push_back(certify->checkpoint);
        if (certify->own) send(from, "certified", certify->checkpoint);
      } else if (auto* known = std::get_if<SendCertificate>(&action)) {
        send(from, "certified", known->checkpoint);
      } else if (auto* call = std::get_if<RaiseDivergence>(&action)) {
        from.calls.push_back(call->sentence);
      } else {
        for (const auto& node : nodes)
          underway.push_back({node.get(), "wanted", {}, std::get<AskProposer>(action).size});
      }
    }
  }
  void send(Node&, const std::string& what, const tlog::SignedCheckpoint& note) {
    for (const auto& node : nodes)
      underway.push_back({node.get(), what, note, 0});  // the sender hears itself too
  }

  struct Message {
    Node* to;
    std::string what;
    std::optional<tlog::SignedCheckpoint> note;
    uint64_t size = 0;
  };
  void deliver(const Message& message) {
    auto& machine = *message.to->machine;
    if (message.what == "proposed") act(*message.to, machine.proposal(*message.note, now_s));
    if (message.what == "cosigned") act(*message.to, machine.cosignature(*message.note));
    if (message.what == "certified") act(*message.to, machine.certificate(*message.note));
    if (message.what == "wanted") act(*message.to, machine.wanted(message.size, false));
  }
  void settle() {
    for (int i = 0; i < 10'000 && !underway.empty(); ++i) {
      auto message = underway.front();
      underway.erase(underway.begin());
      deliver(message);
    }
    ASSERT_TRUE(underway.empty());
  }
  void tick_all() {
    for (const auto& node : nodes) act(*node, node->machine->tick());
    settle();
  }

  std::vector<std::unique_ptr<Node>> nodes;
  ReplicaSet replicas;
  std::vector<Message> underway;
};

TEST(Certification, OfOneReplicaIsItsOwnWordAtOnce) {
  Line line{"a"};
  line.grow(line[0], 3);
  line.act(line[0], line[0].machine->wanted(3, true));
  ASSERT_EQ(line[0].certificates.size(), 1u);
  EXPECT_EQ(line[0].certificates[0].checkpoint.size, 3u);
  line.act(line[0], line[0].machine->wanted(4, true));
  EXPECT_EQ(line[0].certificates.size(), 1u);
  line.grow(line[0], 4);
  EXPECT_EQ(line[0].certificates.size(), 2u) << "as soon as the entry is there that is waited for";
  line.grow(line[0], 5);
  EXPECT_EQ(line[0].certificates.size(), 2u) << "until somebody waits again, the interval is enough";
  line.tick_all();
  EXPECT_EQ(line[0].certificates.back().checkpoint.size, 5u);
  line.tick_all();
  EXPECT_EQ(line[0].certificates.size(), 3u) << "nothing new, nothing signed";
}

TEST(Certification, NeedsAMajorityAndIsKnownToAll) {
  Line line{"a", "b", "c"};
  line.grow(line[0], 5);
  line.grow(line[1], 5);
  line.grow(line[2], 2);
  line.tick_all();
  for (size_t i : {0, 1}) {
    ASSERT_EQ(line[i].certificates.size(), 1u);
    EXPECT_TRUE(is_certified(line[i].certificates[0], line.replicas));
  }
  EXPECT_TRUE(line[2].certificates.empty());
  line.grow(line[2], 7);
  line.settle();
  ASSERT_EQ(line[2].certificates.size(), 1u) << "kept until the own log has reached its size";
  EXPECT_EQ(line[2].certificates[0].note.encode(), line[0].certificates[0].note.encode());
}

TEST(Certification, WaitsForSlowReplicasInsteadOfOvertakingThem) {
  Line line{"a", "b", "c"};
  line.grow(line[0], 5);
  line.tick_all();
  line.grow(line[0], 50);
  line.tick_all();
  EXPECT_TRUE(line[0].certificates.empty());
  line.grow(line[1], 6);
  line.settle();
  ASSERT_EQ(line[0].certificates.size(), 1u);
  EXPECT_EQ(line[0].certificates[0].checkpoint.size, 5u);
}

TEST(Certification, IsAskedOfTheProposerByWhoeverWaits) {
  Line line{"a", "b", "c"};
  line.grow_all(4);
  line.grow(line[2], 5);
  line.act(line[2], line[2].machine->wanted(5, true));
  line.settle();
  EXPECT_TRUE(line[2].certificates.empty()) << "the proposer has not reached it";
  line.grow(line[0], 5);
  line.grow(line[1], 6);
  line.settle();
  ASSERT_EQ(line[2].certificates.size(), 1u);
  EXPECT_EQ(line[2].certificates[0].checkpoint.size, 5u);
}

TEST(Certification, IsToldAgainToWhoeverMissedIt) {
  Line line{"a", "b", "c"};
  line.grow_all(4);
  line.act(line[0], line[0].machine->tick());
  for (int i = 0; i < 100 && !line.underway.empty(); ++i) {
    auto message = line.underway.front();
    line.underway.erase(line.underway.begin());
    if (message.to != &line[2]) line.deliver(message);
  }
  EXPECT_EQ(line[1].certificates.size(), 1u);
  EXPECT_TRUE(line[2].certificates.empty());
  line.tick_all();
  ASSERT_EQ(line[2].certificates.size(), 1u);
  EXPECT_EQ(line[1].certificates.size(), 1u) << "known there";
}

TEST(Certification, IsProposedByWhomTheLineNames) {
  Line line{"a", "b", "c"};
  EXPECT_EQ(line[1].machine->proposer(), "a");
  for (const auto& node : line.nodes) node->machine->line_says("c", false);
  EXPECT_EQ(line[1].machine->proposer(), "c");
  line.grow_all(4);
  line.tick_all();
  EXPECT_EQ(line[0].certificates.size(), 1u);
  EXPECT_EQ(line[2].signed_sizes, std::vector<uint64_t>{4});
  for (const auto& node : line.nodes) node->machine->line_says("not-a-replica", false);
  EXPECT_EQ(line[1].machine->proposer(), "a");
}

TEST(Certification, SignsNothingBelowWhatItHasSigned) {
  Line line{"a", "b", "c"};
  line.grow_all(9);
  line[1].start({9, root_of(line[1].leaves, 9)});  // again, with its last word read from disk
  line[2].start({9, root_of(line[2].leaves, 9)});
  for (size_t i : {1, 2})
    line.act(line[i], line[i].machine->reached({9, root_of(line[i].leaves, 9)}, line.replicas, now_s));
  auto key = proposer_key(origin, line[0].key.public_key());
  auto lower = tlog::sign_checkpoint({origin, 8, root_of(line[0].leaves, 8), {}}, *key, line[0].key);
  line.send(line[0], "proposed", *lower);
  line.settle();
  EXPECT_TRUE(line[1].signed_sizes.empty());
  auto same = tlog::sign_checkpoint({origin, 9, root_of(line[0].leaves, 9), {}}, *key, line[0].key);
  line.send(line[0], "proposed", *same);
  line.settle();
  EXPECT_EQ(line[1].signed_sizes, std::vector<uint64_t>{9});
}

TEST(Certification, StopsWhenTheLogHasGrownIntoAnotherTreeThanWasSigned) {
  Line line{"a", "b", "c"};
  line.grow_all(3);
  line[1].start(
      {5, root_of({"0", "1", "2", "3", "4"}, 5)});  // its store came back shorter than its last word
  line.act(line[1], line[1].machine->reached({3, root_of(line[1].leaves, 3)}, line.replicas, now_s));
  EXPECT_FALSE(line[1].machine->stopped());
  line.grow(line[1], 6);
  EXPECT_FALSE(line[1].machine->stopped());
  line[2].start({5, root_of({"0", "1", "2", "3", "not 4"}, 5)});
  line.act(line[2], line[2].machine->reached({3, root_of(line[2].leaves, 3)}, line.replicas, now_s));
  line.grow(line[2], 6);
  EXPECT_TRUE(line[2].machine->stopped());
  EXPECT_THAT(line[2].calls.at(0), HasSubstr("at 5 entries c signed root"));
}

TEST(Certification, StopsWhereAReplicaHoldsAnotherHistoryUntilAPersonHasResolvedIt) {
  Line line{"a", "b", "c"};
  line.grow(line[0], 4);
  line.grow(line[1], 4);
  line.grow(line[2], 4, "forged ");
  line.tick_all();
  ASSERT_EQ(line[2].calls.size(), 1u) << "the one with the other history sees it";
  EXPECT_THAT(line[2].calls[0], HasSubstr("at 4 entries a signed root"));
  for (size_t i : {0, 1}) {
    ASSERT_EQ(line[i].calls.size(), 1u) << "and shows it to the others";
    EXPECT_THAT(line[i].calls[0], HasSubstr("at 4 entries c signed root"));
    EXPECT_TRUE(line[i].machine->stopped());
  }
  const auto certified = line[0].certificates.size();
  line.grow(line[0], 6);
  line.grow(line[1], 6);
  line.tick_all();
  EXPECT_EQ(line[0].certificates.size(), certified);
  EXPECT_EQ(line[0].calls.size(), 2u) << "called again until the line knows";

  for (const auto& node : line.nodes) node->machine->line_says("", true);
  line.tick_all();
  EXPECT_EQ(line[0].calls.size(), 2u);
  EXPECT_EQ(line[0].certificates.size(), certified);

  line.replicas.erase("c");
  for (size_t i : {0, 1}) {
    line[i].machine->line_says("", false);
    line[i].leaves.push_back("c was ejected");
    line.act(line[i], line[i].machine->reached({7, root_of(line[i].leaves, 7)}, line.replicas, now_s));
  }
  line.tick_all();
  EXPECT_EQ(line[0].certificates.size(), certified + 1);
}

TEST(Certification, IsNotStoppedByStrangers) {
  Line line{"a", "b", "c"};
  line.grow_all(4);
  Node stranger("stranger");
  auto key = proposer_key(origin, stranger.key.public_key());
  auto forged = tlog::sign_checkpoint({origin, 4, tlog::leaf_hash("forged"), {}}, *key, stranger.key);
  for (const char* what : {"proposed", "cosigned", "certified"}) line.send(stranger, what, *forged);
  line.settle();
  EXPECT_FALSE(line[0].machine->stopped());
  line.tick_all();
  EXPECT_EQ(line[1].certificates.size(), 1u);
}

TEST(Certification, IsJudgedByTheReplicasThatTheLogNamedAtThatSize) {
  Line line{"a"};
  line.grow(line[0], 3);
  line.tick_all();
  ASSERT_EQ(line[0].certificates.size(), 1u);
  Node b("b");
  auto both = line.replicas;
  both["b"] = {b.key.public_key()};
  line.grow(line[0], 3);
  line[0].leaves.push_back("b was added");
  line.act(line[0], line[0].machine->reached({4, root_of(line[0].leaves, 4)}, both, now_s));
  line.tick_all();
  EXPECT_EQ(line[0].certificates.size(), 1u) << "from here on its own word is not enough";
}

TEST(Certification, IsProposedAnewWhenOtherReplicasCount) {
  Line line{"a", "b"};
  line.grow(line[0], 3);
  line.tick_all();
  EXPECT_TRUE(line[0].certificates.empty()) << "b is gone";
  line.replicas.erase("b");
  line[0].leaves.push_back("b was ejected");
  line.act(line[0], line[0].machine->reached({4, root_of(line[0].leaves, 4)}, line.replicas, now_s));
  line.tick_all();
  ASSERT_EQ(line[0].certificates.size(), 1u);
  EXPECT_EQ(line[0].certificates[0].checkpoint.size, 4u);
}

TEST(Certification, LeavesAProposalThatAllOthersHaveSignedBeyond) {
  Line line{"a", "b", "c"};
  const auto proposer_is = [&](const char* name) {
    for (const auto& node : line.nodes) node->machine->line_says(name, false);
  };
  proposer_is("b");
  line.grow(line[1], 4);
  line.act(line[1], line[1].machine->tick());
  line.underway.clear();  // nobody hears b's proposal of 4 entries
  proposer_is("a");
  line.grow(line[0], 6);
  line.grow(line[2], 6);
  line.act(line[0], line[0].machine->tick());
  line.act(line[2], line[2].machine->proposal(*line.underway.front().note, now_s));
  line.underway.clear();  // a and c have signed 6 entries, and a does not hear c
  ASSERT_EQ(line[2].signed_sizes.back(), 6u);
  proposer_is("b");
  line.grow_all(8);
  for (int i = 0; i < 6; ++i) line.tick_all();
  for (const auto& node : line.nodes) EXPECT_EQ(node->machine->certified_size(), 8u) << node->name;
}

TEST(Certification, TellsAnErrorOfItsLog) {
  Line line{"a", "b"};
  line.grow_all(4);
  Certification::Config config;
  config.origin = origin;
  config.node = "b";
  config.signer = &line[1].key;
  config.root_at = [](uint64_t) -> Result<Digest> { return fail(ErrorCode::corrupt, "bad disk"); };
  Certification broken(std::move(config));
  ASSERT_TRUE(broken.reached({4, root_of(line[1].leaves, 4)}, line.replicas, now_s));
  auto key = proposer_key(origin, line[0].key.public_key());
  auto proposal = tlog::sign_checkpoint({origin, 4, root_of(line[0].leaves, 4), {}}, *key, line[0].key);
  EXPECT_EQ(broken.proposal(*proposal, now_s).error().code, ErrorCode::corrupt);
}

// Whatever is lost, repeated or out of order, and whoever proposes: certificates agree, nobody signs
// backwards, and once messages arrive again everything is certified.
RC_GTEST_PROP(Certification, HoldsOverABadNetwork, (uint64_t seed)) {
  std::mt19937_64 random(seed);
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  Line line{"a", "b", "c"};
  std::vector<size_t> sizes(3, 0);
  for (int step = 0; step < 120; ++step) {
    auto which = random() % 3;
    if (chance(30)) line.grow(line[which], sizes[which] += 1 + random() % 4);
    if (chance(20)) line.act(line[which], line[which].machine->tick());
    if (chance(10)) line.act(line[which], line[which].machine->wanted(sizes[which], true));
    if (chance(5)) line[which].machine->line_says(line[random() % 3].name, false);
    if (line.underway.empty()) continue;
    auto index = random() % line.underway.size();
    auto message = line.underway[index];
    if (!chance(20)) line.underway.erase(line.underway.begin() + static_cast<long>(index));
    if (!chance(30)) line.deliver(message);
    if (line.underway.size() > 60) line.underway.erase(line.underway.begin(), line.underway.begin() + 30);
  }
  const auto most = *std::max_element(sizes.begin(), sizes.end()) + 1;
  line.grow_all(most);
  line.settle();
  for (const auto& node : line.nodes) node->machine->line_says("b", false);
  for (int i = 0; i < 8; ++i) line.tick_all();
  for (const auto& node : line.nodes) {
    RC_ASSERT(node->machine->certified_size() == most);
    RC_ASSERT(node->calls.empty());
    RC_ASSERT(std::is_sorted(node->signed_sizes.begin(), node->signed_sizes.end()));
    for (const auto& certificate : node->certificates) {
      RC_ASSERT(is_certified(certificate, line.replicas));
      RC_ASSERT(certificate.checkpoint.root == root_of(node->leaves, certificate.checkpoint.size));
    }
  }
}

}  // namespace
}  // namespace tcps::ledger
