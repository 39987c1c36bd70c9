// A log written anew from a peer's pages, by threads that run ahead: it is the peer's log, or an error.
#include "actors/ledger/replication/log_rebuilding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "actors/ledger/store/ledger_records.pb.h"
#include "actors/line/testing/factory.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using line::testing::Factory;
using ::testing::HasSubstr;

constexpr uint64_t entries_per_page = 3;

// A line whose keys change on the way, in a peer's store that is served in small pages.
struct LogRebuilding : ::testing::Test {
  LogRebuilding() : factory(line::testing::Keys::real) {
    factory.begin();
    factory.finish(factory.accept("s-1"));
    proto::KeyAdded added;
    *added.mutable_log() = factory.origin();
    *added.mutable_key() = carol.grant;
    factory.admit(added, factory.ann);
    factory.admit(factory.wip(5), carol);
    proto::KeyRevoked revoked;
    *revoked.mutable_log() = factory.origin();
    revoked.set_key_id(carol.grant.key_id());
    factory.admit(revoked, factory.ann);
    factory.finish(factory.accept("s-2"));
    append();
  }

  // What the history holds beyond the peer's store.
  void append() {
    Group group;
    for (size_t i = peer->head().size; i < factory.history.size(); ++i) {
      const auto& [position, sent, admitted, reason] = factory.history[i];
      group.admitted.push_back({{1, position}, sent.subject, sent.bytes, facets_of(sent.message)});
      group.next = {1, position + 1};
    }
    ASSERT_TRUE(peer->append(group));
    target = {peer->head().size, peer->head().root};
  }

  Result<Bytes> page(uint64_t from, uint64_t of) {
    const uint64_t end = std::min(of, from + entries_per_page);
    proto::EntryPage page;
    if (!page.ParseFromString(*entry_page(*peer, from, end))) return fail(ErrorCode::corrupt, "");
    page.clear_proof();
    const auto proof = peer->consistency(end, of);
    for (const Digest& digest : *proof) page.add_proof(std::string(digest.raw()));
    return page.SerializeAsString();
  }

  Status stage(const PageSource& source) {
    return stage_log(source, factory.line, own.path(), target, std::nullopt, std::nullopt);
  }

  Factory factory;
  line::testing::Member carol =
      line::testing::make_member(line::testing::Keys::real, "carol", {Role::operator_});
  test::TemporaryFolder folder, own;
  std::unique_ptr<LedgerStore> peer = *LedgerStore::open({.data_folder = folder.path()});
  SizedRoot target;
};

TEST_F(LogRebuilding, GivesThePeersLogAndFoldAlsoWhenAnswersAreLate) {
  size_t asked = 0;
  auto staged = stage([&](uint64_t from, uint64_t of) -> Result<Bytes> {
    if (++asked % 3 != 0) return fail(ErrorCode::timeout, "late");
    return page(from, of);
  });
  ASSERT_TRUE(staged) << staged.error().message;
  ASSERT_TRUE(install_staged(own.path(), std::nullopt));
  const auto store = *LedgerStore::open({.data_folder = own.path()});
  EXPECT_EQ(store->head().root, target.root);
  EXPECT_EQ(store->head().next, peer->head().next);
  EXPECT_EQ(store->latest_snapshot()->fold, factory.state.save());
  for (uint64_t i = 0; i < target.size; ++i)
    EXPECT_EQ(store->summary(i)->facets.payload_digest, peer->summary(i)->facets.payload_digest) << i;
}

TEST_F(LogRebuilding, ExtendsAShorterLog) {
  const auto store = *LedgerStore::open({.data_folder = own.path()});
  const auto source = [this](uint64_t from, uint64_t of) { return page(from, of); };
  const SizedRoot part{10, *peer->root(10)};
  ASSERT_TRUE(extend_log(source, *store, line::LineState(factory.line), part));
  auto fold = line::LineState::load(factory.line, store->latest_snapshot()->fold);
  ASSERT_TRUE(extend_log(source, *store, std::move(*fold), target));
  EXPECT_EQ(store->head().root, target.root);
}

TEST_F(LogRebuilding, EndsWithTheSourcesError) {
  std::atomic<size_t> asked = 0;
  auto silent = stage([&](uint64_t from, uint64_t of) -> Result<Bytes> {
    if (from < 9) return page(from, of);
    ++asked;
    return fail(ErrorCode::timeout, "nobody answers");
  });
  EXPECT_EQ(silent.error().message, "nobody answers");
  EXPECT_EQ(asked, 3u);
  auto garbled =
      stage([&](uint64_t from, uint64_t of) { return from < 9 ? page(from, of) : Result<Bytes>("x"); });
  EXPECT_EQ(garbled.error().code, ErrorCode::corrupt);
}

// Whoever runs ahead may know the key as good; the fold is asked at the entry's own position.
TEST_F(LogRebuilding, RefusesWhatIsSignedByAKeyThatWasRevokedBefore) {
  factory.history.push_back({++factory.position, factory.seal(factory.wip(7), carol), true, {}});
  append();
  auto staged = stage([this](uint64_t from, uint64_t of) { return page(from, of); });
  EXPECT_THAT(staged.error().message, HasSubstr("that the line refuses"));
}

TEST_F(LogRebuilding, RunsAheadByABoundedNumberOfPages) {
  std::atomic<size_t> taken = 0;
  size_t asked = 0;
  size_t ahead_max = 0;
  const auto source = [&](uint64_t from, uint64_t of) {
    ahead_max = std::max(ahead_max, ++asked - taken);
    return page(from, of);
  };
  PagesAhead pages(source, 0, target.size, std::make_shared<line::SignatureMemo>());
  for (uint64_t size = 0; size < target.size; ++taken) {
    auto page = pages.next();
    ASSERT_TRUE(page) << page.error().message;
    size += page->size();
  }
  EXPECT_EQ(asked, (target.size + entries_per_page - 1) / entries_per_page);
  EXPECT_LE(ahead_max, pages_ahead_max + 1) << "one of them may just be taken";
}

}  // namespace
}  // namespace tcps::ledger
