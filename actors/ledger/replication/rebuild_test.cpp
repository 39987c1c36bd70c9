// Getting the log from a peer: what is taken, and every lie that is not.
#include "actors/ledger/replication/rebuild.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/ledger/store/key_value/testing/memory_tables.h"
#include "actors/ledger/store/ledger_records.pb.h"
#include "actors/line/testing/simulated_run.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using line::testing::Factory;
using test::TemporaryFolder;
using ::testing::HasSubstr;

struct Store {
  Store() {
    store = std::move(
        *LedgerStore::open_on(std::make_unique<MemoryTables>(std::make_shared<MemoryTables::Data>()),
                              {.data_folder = folder.path()}));
  }
  void append(const Group& group) {
    auto head = store->append(group);
    ASSERT_TRUE(head) << head.error().message;
  }
  TemporaryFolder folder;
  std::unique_ptr<LedgerStore> store;
};

// All that a replica does with a page.
Result<Group> take(Rebuild& rebuild, BytesView bytes) {
  auto page = LogPage::parse(bytes);
  if (!page) return fail(page.error());
  for (size_t i = 0; i < page->size(); ++i) page->decode(i, rebuild.state().keys(), *rebuild.memo());
  return rebuild.take(std::move(*page));
}
Result<Group> take(Rebuild&& rebuild, BytesView bytes) { return take(rebuild, bytes); }

// A peer that holds a line's whole history, with real signatures, and one that rebuilds from it.
struct Rebuilding : ::testing::Test {
  Rebuilding() : factory(line::testing::Keys::real) {
    factory.begin();
    factory.finish(factory.accept("s-1"));
    factory.accept("s-2");
    Group group;
    for (const auto& applied : factory.history) {
      group.next = {1, applied.position + 1};
      if (applied.admitted)
        group.admitted.push_back({{1, applied.position},
                                  applied.sent.subject,
                                  applied.sent.bytes,
                                  facets_of(applied.sent.message)});
    }
    peer.append(group);
    target = {peer.store->head().size, peer.store->head().root};
  }
  Rebuild fresh() { return Rebuild(line::LineState(factory.line), {}, target, genesis()); }
  Digest genesis() const { return *Digest::parse(factory.state.genesis()); }
  Bytes page(uint64_t from) { return *entry_page(*peer.store, from, target.size); }
  // The page with the serialized entry at `index` changed.
  Bytes spoiled(size_t index, const std::function<void(proto::LedgerEntry&)>& spoil) {
    proto::EntryPage page;
    page.ParseFromString(this->page(0));
    proto::LedgerEntry entry;
    entry.ParseFromString(page.entries(static_cast<int>(index)));
    spoil(entry);
    *page.mutable_entries(static_cast<int>(index)) = entry.SerializeAsString();
    return page.SerializeAsString();
  }
  tlog::SignedCheckpoint vouched(std::vector<const line::testing::Member*> nodes) {
    const auto origin = tlog::checkpoint_origin(factory.line, genesis());
    auto& proposer = *nodes.front()->signer;
    auto note = *tlog::sign_checkpoint({origin, target.size, target.root, {}},
                                       *proposer_key(origin, proposer.public_key()), proposer);
    for (size_t i = 1; i < nodes.size(); ++i) {
      auto key = *cosigner_key(origin, nodes[i]->owner, nodes[i]->signer->public_key());
      note.note.signatures.push_back(*tlog::cosign_note(note.note.text, key, 1, *nodes[i]->signer));
    }
    return note;
  }

  Factory factory;
  Store peer;
  SizedRoot target;
};

TEST_F(Rebuilding, GivesTheSameTreeAndTheSameFold) {
  auto rebuild = fresh();
  Store own;
  while (!rebuild.complete()) {
    auto group = take(rebuild, page(rebuild.next()));
    ASSERT_TRUE(group) << group.error().message;
    own.append(*group);
  }
  EXPECT_EQ(own.store->head().root, target.root);
  EXPECT_EQ(own.store->head().next, peer.store->head().next);
  EXPECT_EQ(rebuild.state().save(), factory.state.save());
  EXPECT_TRUE(rebuild.check_certified(vouched({&factory.node_a, &factory.node_b})));
}

TEST_F(Rebuilding, GoesOnFromAShorterLog) {
  Store own;
  auto first = fresh();
  proto::EntryPage part;
  part.ParseFromString(page(0));
  part.mutable_entries()->DeleteSubrange(5, part.entries_size() - 5);
  part.clear_proof();
  const auto proof = peer.store->consistency(5, target.size).value();
  for (const auto& digest : proof) part.add_proof(std::string(digest.raw()));
  own.append(*take(first, part.SerializeAsString()));
  ASSERT_EQ(own.store->head().size, 5u);
  auto edge = right_edge(*own.store);
  ASSERT_TRUE(edge);
  Rebuild rebuild(*line::LineState::load(factory.line, first.state().save()), std::move(*edge), target,
                  genesis());
  auto group = take(rebuild, page(5));
  ASSERT_TRUE(group) << group.error().message;
  own.append(*group);
  EXPECT_TRUE(rebuild.complete());
  EXPECT_EQ(own.store->head().root, target.root);
}

TEST_F(Rebuilding, TakesNoPageThatIsNotOfTheTargetsTree) {
  EXPECT_FALSE(take(fresh(), "garbage"));
  EXPECT_FALSE(take(fresh(), ""));
  for (size_t index : {size_t{0}, size_t{4}, static_cast<size_t>(target.size - 1)}) {
    auto flipped = spoiled(index, [](auto& entry) { entry.mutable_envelope()->at(20) ^= 1; });
    EXPECT_THAT(take(fresh(), flipped).error().message, HasSubstr("not part of the tree"));
  }
  EXPECT_THAT(take(fresh(), page(1)).error().message, HasSubstr("not part of the tree")) << "one is left out";
  proto::EntryPage swapped;
  swapped.ParseFromString(page(0));
  swapped.mutable_entries()->SwapElements(2, 3);
  EXPECT_FALSE(take(fresh(), swapped.SerializeAsString()));
  proto::EntryPage unproved;
  unproved.ParseFromString(page(0));
  unproved.mutable_entries()->RemoveLast();
  EXPECT_FALSE(take(fresh(), unproved.SerializeAsString()));
}

TEST_F(Rebuilding, TakesNothingThatTheFoldRefusesWhateverTreeItIsIn) {
  auto moved = spoiled(4, [](auto& entry) { entry.set_subject("tcps.glue.event.wip-changed.-"); });
  EXPECT_THAT(take(fresh(), moved).error().message, HasSubstr("the line refuses"));
  auto early = spoiled(4, [](auto& entry) { entry.set_sequence(1); });
  EXPECT_THAT(take(fresh(), early).error().message, HasSubstr("do not rise"));

  // A peer with a consistent tree over a history that it forged: the last entry is signed by nobody.
  auto forged = factory.seal(factory.wip(7), factory.bob);
  char& of_signature = forged.bytes[forged.bytes.rfind("\"sig\":\"") + 10];
  of_signature = of_signature == 'A' ? 'B' : 'A';
  Group group;
  group.admitted.push_back(
      {{1, factory.position + 1}, forged.subject, forged.bytes, facets_of(forged.message)});
  group.next = {1, factory.position + 2};
  peer.append(group);
  target = {peer.store->head().size, peer.store->head().root};
  EXPECT_THAT(take(fresh(), page(0)).error().message, HasSubstr("the line refuses"));
}

TEST_F(Rebuilding, BeginsWithThePinnedGenesisOnly) {
  Rebuild other(line::LineState(factory.line), {}, target, Digest::of("another genesis"));
  EXPECT_THAT(take(other, page(0)).error().message, HasSubstr("pinned is"));
  Rebuild unpinned(line::LineState(factory.line), {}, target, std::nullopt);
  EXPECT_TRUE(take(unpinned, page(0)));
}

TEST_F(Rebuilding, EndsWithTheWordsOfAMajorityThatTheLogNames) {
  auto rebuild = fresh();
  ASSERT_TRUE(take(rebuild, page(0)));
  ASSERT_TRUE(rebuild.complete());
  EXPECT_THAT(rebuild.check_certified(vouched({&factory.node_a})).error().message,
              HasSubstr("the words of 1 of the 2 replicas"));
  EXPECT_FALSE(rebuild.check_certified(vouched({&factory.node_a, &factory.node_c})));
  auto other = vouched({&factory.node_a, &factory.node_b});
  other.checkpoint.size -= 1;
  EXPECT_FALSE(rebuild.check_certified(other));
}

TEST_F(Rebuilding, ServesWhatIsThereAndNothingElse) {
  EXPECT_EQ(entry_page(*peer.store, 0, target.size + 1).error().code, ErrorCode::invalid);
  EXPECT_EQ(entry_page(*peer.store, target.size, target.size).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps::ledger
