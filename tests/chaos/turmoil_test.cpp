// Three replicas at work while nodes are killed, wiped and run out of disk: one log, nothing certified is
// lost, and every work order is finished once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "messages/exit.h"
#include "tests/chaos/certified_log.h"
#include "tests/chaos/load.h"
#include "tests/chaos/replicas.h"
#include "tests/chaos/small_disk.h"
#include "tests/support/seed.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr size_t disk_mebibytes = 128;
constexpr int work_orders_max = 5'000;

struct Turmoil : ::testing::Test {
  Replicas line;

  // Nodes whose ledger lies on a disk that can be filled: the third one's.
  Status start_with_small_disk() {
    auto mounted = SmallDisk::at(line.folder.path() + "/n3/lines", disk_mebibytes);
    if (!mounted) return fail(mounted.error());
    disk = std::move(*mounted);
    return {};
  }
  std::unique_ptr<Load> load() {
    return std::make_unique<Load>(line.server->url(), "chaos",
                                  line.options[0].data_folder + "/keys/operator.pem", work_orders_max);
  }
  size_t done() { return line.person->ask("status").value("done", size_t{0}); }
  // More work orders are finished, by whoever is there.
  void expect_progress(size_t more) {
    const size_t before = done();
    ASSERT_TRUE(line.wait_until([&] { return done() >= before + more; }, seconds(30)))
        << before << " were done, now " << done() << line.logs();
  }
  // A node whose disk is full ends by itself, and says why.
  void expect_end(size_t node, Exit exit) {
    EXPECT_EQ(line.nodes[node]->child().wait(seconds(15)), exit_number(exit)) << line.nodes[node]->log();
    EXPECT_THAT(line.nodes[node]->log(), HasSubstr("No space left on device"));
    EXPECT_THAT(line.nodes[node]->log(), HasSubstr("make room on the disk, then start again"));
  }
  void expect_one_log_and_all_done(Load& load) {
    line.work_orders = load.stop();
    EXPECT_EQ(load.refusal(), "");
    ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
    EXPECT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
    line.expect_one_receipt_per_stage();
    line.nodes.clear();
    for (size_t i : {0, 1, 2}) expect_holds_certified(line.line_folder(i), line.certified());
  }

  std::unique_ptr<SmallDisk> disk;
};

TEST_F(Turmoil, OfKillsWipesAndAFullDiskUnderLoadLeavesOneLogAndAllWorkDone) {
  const bool has_disk = start_with_small_disk().has_value();
  const auto chosen = seed();
  SCOPED_TRACE(how_to_repeat(chosen) + (has_disk ? "" : " (without a full disk: no mounting here)"));
  std::mt19937 random(chosen);
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  auto demand = load();
  ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  for (int round = 0; round < 4; ++round) {
    const size_t node = random() % 3;
    line.kill_node(node);
    const bool missed = random() % 2 == 0;
    ASSERT_NO_FATAL_FAILURE(expect_progress(missed ? 5 : 0));
    ASSERT_NO_FATAL_FAILURE(line.start_node(node));
    ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  }
  line.kill_node(0);  // a majority is gone
  line.kill_node(1);
  ASSERT_NO_FATAL_FAILURE(line.start_node(0));
  ASSERT_NO_FATAL_FAILURE(line.start_node(1));
  ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  if (has_disk) {
    disk->fill();
    expect_end(2, Exit::internal);
    ASSERT_NO_FATAL_FAILURE(expect_progress(10));
    disk->make_room();
    ASSERT_NO_FATAL_FAILURE(line.start_node(2));
  }
  const size_t wiped = random() % 2;
  line.kill_node(wiped);
  std::filesystem::remove_all(line.line_folder(wiped));
  ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  ASSERT_NO_FATAL_FAILURE(line.start_node(wiped));
  ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  ASSERT_NO_FATAL_FAILURE(expect_one_log_and_all_done(*demand));
}

TEST_F(Turmoil, AReplicaWhoseDiskIsFullEndsAndGoesOnWhenThereIsRoom) {
  if (auto mounted = start_with_small_disk(); !mounted) GTEST_SKIP() << mounted.error().message;
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  auto demand = load();
  ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  disk->fill();
  expect_end(2, Exit::internal);
  disk->fill();  // what the node had reserved and not used
  line.nodes[2] = NodeProcess::start(line.options[2]);
  expect_end(2, Exit::unavailable);
  ASSERT_NO_FATAL_FAILURE(expect_progress(5));
  EXPECT_EQ(line.nodes[0]->log().find("diverge"), std::string::npos) << line.logs();
  disk->make_room();
  ASSERT_NO_FATAL_FAILURE(line.start_node(2));
  ASSERT_NO_FATAL_FAILURE(expect_one_log_and_all_done(*demand));
}

}  // namespace
}  // namespace tcps::test
