// The fold that is rebuilt from a ledger, and the check that the bus still holds what the ledger followed.
#include "actors/ledger/replication/line_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/ledger/replication/stream_check.h"
#include "actors/ledger/store/key_value/testing/memory_tables.h"
#include "actors/line/testing/simulated_run.h"
#include "bus/sim/sim_bus.h"
#include "messages/subjects.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using line::testing::Applied;
using line::testing::SimulatedRun;
using ::testing::HasSubstr;

struct Stored {
  Stored() {
    store = std::move(
        *LedgerStore::open_on(std::make_unique<MemoryTables>(std::make_shared<MemoryTables::Data>()),
                              {.data_folder = folder.path()}));
  }
  // Appends what was admitted in history[from, to), as the line actor does.
  void append(const std::vector<Applied>& history, size_t from, size_t to,
              std::optional<Bytes> snapshot = {}) {
    Group group;
    for (auto i = from; i < to; ++i) {
      const auto& applied = history[i];
      group.next = {1, applied.position + 1};
      if (!applied.admitted) continue;
      group.admitted.push_back(
          {{1, applied.position}, applied.sent.subject, applied.sent.bytes, facets_of(applied.sent.message)});
    }
    group.snapshot = std::move(snapshot);
    auto head = store->append(group);
    if (!head) throw std::logic_error(head.error().message);
  }
  test::TemporaryFolder folder;
  std::unique_ptr<LedgerStore> store;
};

RC_GTEST_PROP(RebuiltFold, IsTheLiveOne, (uint64_t seed)) {
  Stored stored;
  SimulatedRun run(seed);
  auto& history = run.factory.history;
  size_t appended = 0;
  for (auto groups = *rc::gen::inRange(1, 5); groups > 0; --groups) {
    for (auto steps = *rc::gen::inRange(1, 30); steps > 0; --steps) run.step();
    auto snapshot =
        *rc::gen::arbitrary<bool>() ? std::optional<Bytes>(run.factory.state.save()) : std::nullopt;
    stored.append(history, appended, history.size(), snapshot);
    appended = history.size();
  }
  auto rebuilt = rebuild_fold(*stored.store, run.factory.line, line::testing::cheap_check);
  RC_ASSERT(rebuilt.has_value());
  RC_ASSERT(rebuilt->save() == run.factory.state.save());
  for (int i = 0; i < 20; ++i) run.step();
  for (; appended < history.size(); ++appended) {
    const auto& applied = history[appended];
    RC_ASSERT(rebuilt->apply(applied.position, applied.sent.subject, applied.sent.message).admitted);
  }
  RC_ASSERT(rebuilt->save() == run.factory.state.save());
}

TEST(RebuiltFold, JudgesSignaturesAgainOnceItIsLive) {
  Stored stored;
  SimulatedRun run(1);
  stored.append(run.factory.history, 0, run.factory.history.size());
  auto rebuilt = rebuild_fold(*stored.store, run.factory.line, line::testing::cheap_check).value();
  auto forged = run.factory.seal(run.factory.wip(5),
                                 line::testing::make_member(line::testing::Keys::cheap, "mallory", {}));
  forged.message.envelope.signatures[0].key_id = run.factory.bob.grant.key_id();
  EXPECT_TRUE(rebuilt.apply(rebuilt.position() + 1, forged.subject, forged.message).forged);
}

TEST(RebuiltFold, SaysWhichEntryTheFoldRefuses) {
  Stored stored;
  SimulatedRun run(1);
  auto history = run.factory.history;
  history.push_back(history.back());
  history.back().position += 1;
  stored.append(history, 0, history.size());
  auto rebuilt = rebuild_fold(*stored.store, run.factory.line, line::testing::cheap_check);
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().code, ErrorCode::corrupt);
  EXPECT_THAT(rebuilt.error().message, HasSubstr("entry " + std::to_string(history.size() - 1)));
}

TEST(RebuiltFold, StartsEmptyFromAnEmptyStoreAndFollowsFromTheBeginning) {
  test::TemporaryFolder folder;
  auto log = open_line_log(folder.path(), LineName::literal("glue"));
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(log->follow_from, 1u);
  EXPECT_TRUE(log->line->read([](const line::LineState& state) { return state.genesis().empty(); }));
}

// ---- the bus against the ledger

struct CheckedStream : ::testing::Test {
  CheckedStream() : run(7), bus(network.attach("node")) {
    for (int i = 0; i < 20; ++i) run.step();
    make_stream();
    for (const auto& applied : run.factory.history) publish(applied.sent.subject, applied.sent.bytes);
    stored.append(run.factory.history, 0, run.factory.history.size());
  }
  void make_stream() {
    bus::StreamConfig config;
    config.name = stream;
    config.subjects = {work_wildcard(run.factory.line), event_wildcard(run.factory.line)};
    ASSERT_TRUE(bus->ensure_stream(config));
  }
  void publish(const std::string& subject, const Bytes& bytes) {
    bool stored_there = false;
    bus->publish({stream, subject, bytes, {}, std::nullopt},
                 [&](auto ack) { stored_there = ack.has_value(); });
    ASSERT_TRUE(network.run_until([&] { return stored_there; }, std::chrono::seconds(60)));
  }
  Result<StreamFinding> look() { return look_at_stream(*bus, stream, *stored.store, stored.folder.path()); }
  StreamState state() { return look().value().state; }

  const std::string stream = "TCPS_GLUE_1";
  SimulatedRun run;
  bus::SimNetwork network;
  std::unique_ptr<bus::Bus> bus;
  Stored stored;
};

TEST_F(CheckedStream, IsSoundWhenItHoldsWhatTheLedgerFollowed) {
  EXPECT_EQ(state(), StreamState::sound);
  publish("tcps.glue.event.wip-changed.-", "newer");
  EXPECT_EQ(state(), StreamState::sound);
  Stored nothing;
  const auto none = look_at_stream(*bus, "no-such-stream", *nothing.store, nothing.folder.path());
  EXPECT_EQ(none.value().state, StreamState::absent);
}

TEST_F(CheckedStream, IsLostWhenItIsGoneOrEmptyOrShorter) {
  network.delete_stream(stream);
  EXPECT_EQ(state(), StreamState::lost);
  make_stream();
  EXPECT_EQ(state(), StreamState::lost);
  const auto& history = run.factory.history;
  for (size_t i = 0; i + 1 < history.size(); ++i) publish(history[i].sent.subject, history[i].sent.bytes);
  EXPECT_THAT(look()->reason, HasSubstr("the ledger followed it to"));
  publish(history.back().sent.subject, history.back().sent.bytes);
  EXPECT_EQ(state(), StreamState::sound) << "nothing tells it from the one that was followed";
}

TEST_F(CheckedStream, IsLostWhenItWasMadeAnewWhateverItHolds) {
  ASSERT_TRUE(remember_stream(stored.folder.path(), look()->info));
  EXPECT_EQ(state(), StreamState::sound);
  network.run_for(std::chrono::seconds(1));
  network.delete_stream(stream);
  make_stream();
  for (const auto& applied : run.factory.history) publish(applied.sent.subject, applied.sent.bytes);
  EXPECT_THAT(look()->reason, HasSubstr("made anew"));
  EXPECT_EQ(state(), StreamState::lost);
}

TEST_F(CheckedStream, IsNotJudgedByAnIdentityThatCannotBeRead) {
  ASSERT_TRUE(remember_stream(stored.folder.path(), look()->info));
  const auto info = look()->info;
  const auto whole = stored.folder.read("stream");
  std::vector<std::string> torn = {"TCPS_GLUE_1 17x\n", "TCPS_GLUE_1 \n", " 17\n", std::string(10'000, 'x')};
  for (size_t size = 0; size < whole.size(); ++size) torn.push_back(whole.substr(0, size));
  for (const auto& text : torn) {
    stored.folder.write("stream", text);
    const auto finding = look();
    ASSERT_FALSE(finding.has_value()) << "'" << text << "'";
    EXPECT_EQ(finding.error().code, ErrorCode::corrupt);
    EXPECT_THAT(finding.error().message, HasSubstr(stored.folder.at("stream")));
    EXPECT_THAT(finding.error().message, HasSubstr("remove this file"));
  }
  ASSERT_TRUE(remember_stream(stored.folder.path(), info));
  EXPECT_EQ(stored.folder.read("stream"), whole);
  EXPECT_EQ(state(), StreamState::sound);
}

TEST_F(CheckedStream, IsJudgedByItsMessagesAloneWhenItsIdentityWasNeverKept) {
  EXPECT_EQ(state(), StreamState::sound);
  stored.folder.write("stream", "TCPS_GLUE_0 17\n");  // of an earlier epoch
  EXPECT_EQ(state(), StreamState::sound);
}

TEST_F(CheckedStream, IsNotJudgedAgainstAnEmptyLedger) {
  Stored nothing;
  nothing.folder.write("stream", "");
  EXPECT_EQ(look_at_stream(*bus, stream, *nothing.store, nothing.folder.path())->state, StreamState::sound);
}

TEST_F(CheckedStream, IsLostWhenOtherMessagesStandAtTheSamePositions) {
  network.delete_stream(stream);
  make_stream();
  for (size_t i = 0; i < run.factory.history.size() + 3; ++i)
    publish("tcps.glue.event.wip-changed.-", "other");
  EXPECT_EQ(state(), StreamState::lost);
}

TEST_F(CheckedStream, IsSoundWhenTheLastEntryWasTrimmed) {
  for (int i = 0; i < 3; ++i) publish("tcps.glue.event.wip-changed.-", "refused by the fold");
  ASSERT_TRUE(bus->purge_below(stream, run.factory.position + 1));
  EXPECT_EQ(state(), StreamState::sound);
}

TEST_F(CheckedStream, IsCutOffWhenItWasTrimmedAboveTheLedger) {
  for (int i = 0; i < 3; ++i) publish("tcps.glue.event.wip-changed.-", "refused by the fold");
  ASSERT_TRUE(bus->purge_below(stream, run.factory.position + 2));
  EXPECT_EQ(state(), StreamState::cut_off_above);
  Stored nothing;
  EXPECT_EQ(look_at_stream(*bus, stream, *nothing.store, nothing.folder.path())->state,
            StreamState::cut_off_above);
}

TEST_F(CheckedStream, TellsAnUnreachableBusFromALostOne) {
  network.crash_server(false);
  EXPECT_EQ(look().error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace tcps::ledger
