#include "nodes/tcps/ledger/ledger_backup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "actors/ledger/store/testing/sample_group.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "nodes/settings/data_folder.h"
#include "tests/support/temporary_folder.h"

namespace tcps::cli {
namespace {

namespace fs = std::filesystem;
using ledger::LedgerStore;

class LedgerBackupTest : public testing::Test {
 protected:
  std::string place() const { return data.path() + "/lines/" + log.line.str(); }
  std::string backup() const { return folder.path() + "/backup"; }

  // Lets work orders run through the line and the replica write them, with a checkpoint at the end.
  void run(int work_orders) {
    log.entries.clear();
    for (int i = 0; i < work_orders; ++i) log.run_whole("wo-" + std::to_string(++made));
    auto store = open();
    const auto head = *store->append(group_of(log));
    vouch(*store, head);
  }
  void vouch(LedgerStore& store, const ledger::Head& head) {
    const auto origin = tlog::checkpoint_origin(log.line, head.genesis);
    const auto key = *tlog::NoteKey::make(origin, tlog::NoteKeyType::ed25519, log.station.public_key());
    ASSERT_TRUE(
        store.add_checkpoint(*tlog::sign_checkpoint({origin, head.size, head.root, {}}, key, log.station))
            .has_value());
  }
  std::unique_ptr<LedgerStore> open() {
    fs::create_directories(place());
    return *LedgerStore::open({.data_folder = place()});
  }
  Result<RestoreReport> restore(const std::string& checkpoint = "") {
    return restore_ledger(backup(), data.path(), checkpoint);
  }

  void SetUp() override {
    genesis = group_of(log);
    auto store = open();
    ASSERT_TRUE(store->append(genesis).has_value());
    store = nullptr;
    run(3);
  }

  test::TemporaryFolder data{"/dev/shm"}, folder{"/dev/shm"};
  ledger::SampleLog log;
  ledger::Group genesis;
  int made = 0;
};

TEST_F(LedgerBackupTest, OfARunningLedgerIsPutBackAfterALoss) {
  auto owner = open();  // as a node that runs
  const auto report = back_up_ledger(data.path(), log.line, backup());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->copied, 34u);
  const auto head = owner->head();
  owner = nullptr;
  fs::remove_all(place() + "/ledger");
  const auto restored = restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_TRUE(restored->aside.empty());
  EXPECT_EQ(open()->head().root, head.root);
  EXPECT_EQ(open()->head().next, head.next);
  EXPECT_FALSE(fs::exists(place() + "/restoring"));
}

TEST_F(LedgerBackupTest, IsTakenWhileTheLedgerGrows) {
  log.entries.clear();
  for (int i = 0; i < 40; ++i) log.run_whole("more-" + std::to_string(i));
  std::atomic<bool> ended{false};
  std::atomic<int> taken{0};
  std::thread writer([&] {
    auto owner = open();
    ledger::Group one;
    for (const auto& entry : log.entries) {
      one.admitted = {admitted(entry)};
      one.next = {1, entry.sequence + 1};
      const auto head = owner->append(one);
      if (head && head->size % 10 == 0) vouch(*owner, *head);
      if (head && head->size == 150) taken.wait(0);  // one backup before, others during the rest
    }
    ended = true;
  });
  while (!ended) {
    const auto report = back_up_ledger(data.path(), log.line, backup());
    EXPECT_TRUE(report.has_value()) << report.error().message;
    ++taken;
    taken.notify_one();
  }
  writer.join();
  const auto last = back_up_ledger(data.path(), log.line, backup());
  ASSERT_TRUE(last.has_value());
  EXPECT_LT(last->copied, last->head.size);  // what the first one had taken was not copied again
  EXPECT_EQ(last->head.root, open()->head().root);
}

TEST_F(LedgerBackupTest, NeverReplacesALongerLedgerOrOneThatIsVouchedFor) {
  ASSERT_TRUE(back_up_ledger(data.path(), log.line, backup()).has_value());
  run(1);
  EXPECT_EQ(restore().error().code, ErrorCode::refused);
  fs::remove_all(place() + "/ledger");  // the checkpoint outside still knows
  EXPECT_EQ(restore().error().code, ErrorCode::refused);
  fs::remove(tlog::outside_checkpoint_path(place()));
  EXPECT_TRUE(restore().has_value());
}

TEST_F(LedgerBackupTest, KeepsADamagedLedgerAside) {
  ASSERT_TRUE(back_up_ledger(data.path(), log.line, backup()).has_value());
  fs::remove(place() + "/ledger/CURRENT");
  const auto restored = restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_TRUE(fs::exists(restored->aside));
  EXPECT_EQ(open()->head().size, 34u);
}

TEST_F(LedgerBackupTest, ThatWasRewrittenOrIsOfAnotherLogIsRefused) {
  auto forged = *LedgerStore::open({.data_folder = folder.path() + "/forged"});
  ledger::Group group = genesis;
  ASSERT_TRUE(forged->append(group).has_value());
  log.entries[5].envelope[400] ^= 1;
  ASSERT_TRUE(forged->append(group_of(log)).has_value());
  vouch(*forged, forged->head());
  forged = nullptr;
  std::ofstream(folder.path() + "/forged/backup.json") << R"({"line": "transport"})";
  const auto restore_forged = [&] { return restore_ledger(folder.path() + "/forged", data.path(), ""); };
  EXPECT_EQ(restore_forged().error().code, ErrorCode::conflict);
  fs::remove_all(place());
  const auto error = restore_forged().error();  // nothing is known of the log here: its signatures tell
  EXPECT_EQ(error.code, ErrorCode::corrupt);
  EXPECT_NE(error.message.find("entry 6"), std::string::npos) << error.message;
  EXPECT_FALSE(fs::exists(place() + "/ledger"));
}

TEST_F(LedgerBackupTest, MustContainAGivenCheckpoint) {
  ASSERT_TRUE(back_up_ledger(data.path(), log.line, backup()).has_value());
  const std::string given = folder.path() + "/given";
  fs::copy_file(tlog::outside_checkpoint_path(place()), given);
  EXPECT_TRUE(restore(given).has_value());
  run(1);
  fs::copy_file(tlog::outside_checkpoint_path(place()), given, fs::copy_options::overwrite_existing);
  fs::remove_all(place());
  EXPECT_EQ(restore(given).error().code, ErrorCode::refused);
  EXPECT_EQ(restore(folder.path() + "/nowhere").error().code, ErrorCode::not_found);
  EXPECT_TRUE(restore().has_value());
}

TEST_F(LedgerBackupTest, IsRefusedWhereItWouldHarm) {
  ASSERT_TRUE(back_up_ledger(data.path(), log.line, backup()).has_value());
  const auto running = *node::DataFolder::lock(data.path());
  EXPECT_EQ(restore().error().code, ErrorCode::conflict);
  std::ofstream(folder.path() + "/mine") << "a file";
  EXPECT_EQ(back_up_ledger(data.path(), log.line, folder.path()).error().code, ErrorCode::conflict);
  EXPECT_EQ(restore_ledger(folder.path(), data.path(), "").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace tcps::cli
