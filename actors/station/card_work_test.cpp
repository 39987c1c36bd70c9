// What a worker does for one card when the disk is behind the fold.
#include "actors/station/card_work.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "actors/line/testing/factory.h"
#include "actors/stages/common/testing/memory_object_store.h"
#include "tests/support/smallest_line.h"

namespace tcps::station {
namespace {

using line::testing::Factory;

// Tells which work order it was given.
class Telling final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop&) override {
    StageOutcome outcome;
    outcome.fields["signal"] = job.work_order.demand().signal_id();
    outcome.version = "1.0.0";
    return outcome;
  }
};

// Leaves a file in its workspace, and tells what it found there.
class Littering final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop&) override {
    workspace = job.workspace;
    found_something = std::filesystem::exists(workspace);
    std::filesystem::create_directories(workspace);
    std::ofstream(workspace / "litter") << "x";
    StageOutcome outcome;
    outcome.version = "1.0.0";
    return outcome;
  }
  std::filesystem::path workspace;
  bool found_something = false;
};

// Is still at work when the deadline comes.
class Overstaying final : public Procedure {
 public:
  explicit Overstaying(CardRun& run) : run_(run) {}
  Result<StageOutcome> run(const Job&, const Workshop&) override {
    run_.deadline = true;
    run_.stop.request_stop();
    return fail(ErrorCode::unavailable, "the run was stopped");
  }

 private:
  CardRun& run_;
};

struct CardWork : ::testing::Test {
  CardWork() {
    factory.begin();
    auto artifacts = std::make_shared<stages::MemoryObjectStore>();
    auto acceptance = factory.acceptance("s-1");
    acceptance.mutable_work_order()->set_standard_work(artifacts->add(test::smallest_line).to_string());
    accepted = factory.seal(acceptance, factory.node_a);
    const auto verdict = factory.apply(accepted);
    EXPECT_TRUE(verdict.admitted) << verdict.reason;
    run.order = factory.order(verdict.changes.front().work_order);
    run.slo = std::chrono::minutes(1);
    means.stage = Stage::pull;
    means.seal = {factory.line, factory.state.genesis(), NodeId::literal("node-a"),
                  factory.node_a.signer.get()};
    means.procedure = std::make_shared<Telling>();
    means.standard_works = std::make_shared<stages::StandardWorkCache>(artifacts);
    means.line = std::make_shared<line::SharedLine>(factory.state);
    means.clock = &clock;
    means.workspace_root = ::testing::TempDir() + "tcps-card-work";
    means.find_message = [this](const Digest& payload) -> Result<LineMessage> {
      EXPECT_EQ(payload, accepted.message.payload_digest);
      const bool found = on_disk;  // before the ledger is told that it was looked for
      if (++asked == 1) first_asked.set_value();
      if (!found) return fail(ErrorCode::not_found, "no such entry");
      return LineMessage::decode(accepted.bytes);
    };
  }

  // The ledger writes the acceptance, after the worker has looked for it in vain.
  void sync_late(uint64_t position) {
    first_asked.get_future().wait();
    on_disk = position >= run.order.accepted_position;
    means.line->set_synced(position);
  }

  Factory factory;
  line::testing::Sent accepted;
  SystemClock clock;
  StationMeans means;
  CardRun run;
  std::atomic<int> asked = 0;
  std::atomic<bool> on_disk = false;
  std::promise<void> first_asked;
};

TEST_F(CardWork, FindsAnAcceptanceThatTheDiskHasOneGroupLater) {
  std::jthread ledger([this] { sync_late(run.order.accepted_position); });
  auto sealed = work_card(means, run);
  ASSERT_TRUE(sealed) << sealed.error().message;
  const auto receipt = std::get<proto::Receipt>(LineMessage::decode(sealed->bytes)->predicate);
  EXPECT_EQ(receipt.stage_fields().fields().at("signal").string_value(), "s-1");
  EXPECT_EQ(asked, 2) << "it waits for the ledger's word and does not ask again and again";
}

TEST_F(CardWork, HandsTheCardBackWhenItIsStoppedWhileItWaitsForTheDisk) {
  std::jthread ledger([this] {
    sync_late(run.order.accepted_position - 1);
    run.stop.request_stop();
  });
  auto sealed = work_card(means, run);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, ErrorCode::not_found);
  EXPECT_EQ(asked, 1);
}

TEST_F(CardWork, FailsARunThatOverstaysInTheModeThatItsStageHasForThat) {
  on_disk = true;
  means.procedure = std::make_shared<Overstaying>(run);
  for (const auto& [stage, mode] : {std::pair{Stage::pull, ""},
                                    {Stage::extract, "F4.1"},
                                    {Stage::render, ""},
                                    {Stage::build, "F6.4"},
                                    {Stage::test, "F7.3"},
                                    {Stage::release, ""}}) {
    factory.pass_until(run.order.id, stage);
    run.order = factory.order(run.order.id);
    run.stop = std::stop_source();
    run.deadline = false;
    means.stage = stage;
    const auto sealed = work_card(means, run);
    ASSERT_TRUE(sealed) << sealed.error().message;
    const auto receipt = std::get<proto::Receipt>(LineMessage::decode(sealed->bytes)->predicate);
    EXPECT_EQ(receipt.status(), "failed");
    EXPECT_EQ(receipt.failure().mode(), mode) << to_string(stage);
    EXPECT_NE(receipt.failure().reason().find("SLO of 60 s"), std::string::npos)
        << receipt.failure().reason();
  }
}

TEST_F(CardWork, HandsTheCardBackWhenTheDiskDoesNotCatchUp) {
  auto sealed = work_card(means, run);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, ErrorCode::not_found);
}

TEST_F(CardWork, LeavesNothingOfItsWorkspaceAndFindsNothingOfARunThatWasCutOff) {
  on_disk = true;
  auto littering = std::make_shared<Littering>();
  means.procedure = littering;
  ASSERT_TRUE(work_card(means, run));
  const auto workspace = littering->workspace;
  EXPECT_TRUE(workspace.string().starts_with(means.workspace_root));
  EXPECT_FALSE(std::filesystem::exists(workspace));
  std::filesystem::create_directories(workspace / "left");
  ASSERT_TRUE(work_card(means, run));
  EXPECT_EQ(littering->workspace, workspace) << "the same card has the same place";
  EXPECT_FALSE(littering->found_something);
  EXPECT_FALSE(std::filesystem::exists(workspace));
}

}  // namespace
}  // namespace tcps::station
