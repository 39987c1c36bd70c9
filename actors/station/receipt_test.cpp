// What a station publishes: where it travels, what it says, and its bounds.
#include "actors/station/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "actors/line/testing/factory.h"

namespace tcps::station {
namespace {

using line::testing::Factory;
using ::testing::HasSubstr;

struct Sealing : ::testing::Test {
  Sealing() {
    factory.begin();
    id = factory.accept("s-1");
    seal = {factory.line, factory.state.genesis(), NodeId::literal("node-a"), factory.node_a.signer.get()};
    auto work = std::make_shared<StandardWork>();
    work->digest = Digest::of("line.toml");
    job.standard_work = work;
  }
  Result<SealedOutcome> sealed() {
    const auto& order = factory.order(id);
    job.stage = order.stage;
    job.attempt = order.attempt;
    job.version = order.version;
    job.predecessor = order.card;
    job.work_order.set_id(id.str());
    job.work_order.set_sku(order.sku);
    return seal_outcome(seal, job, outcome, order.digest, Pool::literal("any"), 1'000, 2'500);
  }
  // Sealed, and what the fold says to it.
  line::Verdict judged(const SealedOutcome& sealed) {
    return factory.apply({sealed.subject, sealed.bytes, LineMessage::decode(sealed.bytes).value()});
  }

  Factory factory;
  WorkOrderId id;
  Seal seal;
  Job job;
  StageOutcome outcome;
};

TEST_F(Sealing, MakesOutcomesThatTheFoldAdmitsAtEveryStage) {
  for (auto stage : all_stages) {
    if (stage == Stage::plan) {
      factory.pass(id);
      continue;
    }
    ASSERT_EQ(factory.order(id).stage, stage);
    outcome.version = stage == Stage::pull ? "1.2.3" : "";
    outcome.manifest = Digest::of(to_string(stage));
    auto receipt = sealed();
    ASSERT_TRUE(receipt);
    auto verdict = judged(*receipt);
    EXPECT_TRUE(verdict.admitted) << verdict.reason;
  }
  EXPECT_TRUE(factory.state.closed(id));
}

TEST_F(Sealing, MakesFailuresThatTheFoldAdmits) {
  outcome.failure = StageFailure{FailureMode::invalid_demand_source, "no such demand", Digest::of("log")};
  outcome.version = "1.2.3";  // of no use to a failed pull
  auto receipt = sealed();
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->subject, "tcps.glue.event.failed." + id.str());
  auto verdict = judged(*receipt);
  EXPECT_TRUE(verdict.admitted) << verdict.reason;
  EXPECT_EQ(factory.order(id).failure_mode, "F1.1");
}

TEST_F(Sealing, MakesFailuresThatFitNoModeToo) {
  outcome.failure = StageFailure{no_mode, "the repository is gone", {}};
  auto receipt = sealed();
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(judged(*receipt).admitted);
  EXPECT_EQ(factory.order(id).failure_mode, "");
}

TEST_F(Sealing, RefusesAModeOfAnotherStage) {
  outcome.failure = StageFailure{FailureMode::compilation_error, "a procedure's mistake", {}};
  auto receipt = sealed();
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::invalid);
  EXPECT_NE(receipt.error().message.find("F6.1 is no failure mode of stage pull"), std::string::npos);
}

TEST_F(Sealing, NamesAllOutcomesOfACardAlikeForTheServer) {
  auto passed = sealed();
  outcome.failure = StageFailure{no_mode, "no", {}};
  auto failed = sealed();
  EXPECT_EQ(passed->message_id, failed->message_id);
  EXPECT_EQ(passed->message_id, outcome_message_id(factory.order(id).card, Stage::pull, 1));
  EXPECT_NE(passed->payload, failed->payload);
  EXPECT_NE(outcome_message_id(factory.order(id).card, Stage::pull, 2), passed->message_id);
  EXPECT_NE(outcome_message_id(factory.order(id).card, Stage::plan, 1), passed->message_id);
}

TEST_F(Sealing, IsAboutTheOutputsOrElseAboutTheWorkOrder) {
  auto subjects = [&] { return LineMessage::decode(sealed()->bytes)->subjects; };
  EXPECT_EQ(subjects().front().name, id.str());
  outcome.outputs = {{"a.tar", Digest::of("a")}, {"b.tar", Digest::of("b")}};
  ASSERT_EQ(subjects().size(), 2u);
  EXPECT_EQ(subjects().back().digest, Digest::of("b"));
}

TEST_F(Sealing, CarriesTheStagesOwnFieldsBesideTheCommonOnes) {
  outcome.fields = {{"query_results", 12}};
  auto receipt = std::get<proto::Receipt>(LineMessage::decode(sealed()->bytes)->predicate);
  EXPECT_EQ(receipt.stage_fields().fields().at("query_results").number_value(), 12);
  EXPECT_EQ(receipt.started_at(), "1970-01-01T00:00:01Z");
  EXPECT_EQ(receipt.ended_at(), "1970-01-01T00:00:02.500Z");
}

TEST_F(Sealing, RefusesFieldsThatWouldHideCommonOnes) {
  outcome.fields = {{"status", "completed"}};
  auto receipt = sealed();
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::invalid);
  EXPECT_THAT(receipt.error().message, HasSubstr("'status'"));
}

TEST_F(Sealing, RefusesNumbersThatJsonDoesNotHave) {
  outcome.fields = {{"coverage", {{"lines", std::numeric_limits<double>::quiet_NaN()}}}};
  auto receipt = sealed();
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::invalid);
  EXPECT_THAT(receipt.error().message, HasSubstr("stage field: 'coverage.lines' must be a finite number"));
}

TEST_F(Sealing, KeepsWithinTheEnvelopesBound) {
  outcome.fields = {{"report", std::string(envelope_bytes_max, 'x')}};
  EXPECT_EQ(sealed().error().code, ErrorCode::full);
}

}  // namespace
}  // namespace tcps::station
