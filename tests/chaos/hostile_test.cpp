// What strangers may send: forgeries, garbage, floods. The line refuses, says so, and goes on.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "actors/line/following/sealed_message.h"
#include "messages/subjects.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HostileLine : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.data_folder = folder_.path();
    node_ = NodeProcess::start(options_);
    ASSERT_TRUE(node_->wait_ready());
    person_ = std::make_unique<Operator>(node_->factory()["bus_url"], options_.line,
                                         options_.data_folder + "/keys/operator.pem");
  }
  void expect_the_line_works(const std::string& signal) {
    auto reply = person_->demand(signal);
    ASSERT_TRUE(reply.value("accepted", false)) << reply.dump() << node_->log();
    EXPECT_TRUE(person_->wait_for_status(reply["work_order"], "done", seconds(20))) << node_->log();
    EXPECT_TRUE(node_->child().running());
  }
  uint64_t resident_kib() {
    std::ifstream status("/proc/" + std::to_string(node_->child().pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
    }
    return 0;
  }
  // Stops planning, so that work orders stay in the backlog.
  void pull_the_cord() {
    proto::AndonRaised call;
    call.set_andon_id("andon-test");
    call.set_kind("pulled");
    call.set_stage("plan");
    call.set_severity("high");
    call.set_reason("test");
    auto raised = person_->decide(call);
    ASSERT_TRUE(raised) << raised.error().message;
  }
  void resolve(const std::string& andon_id) {
    proto::AndonResolved resolved;
    resolved.set_andon_id(andon_id);
    resolved.set_disposition("keep");
    auto admitted = person_->decide(resolved);
    ASSERT_TRUE(admitted) << admitted.error().message;
  }

  TemporaryFolder folder_;
  NodeOptions options_;
  std::unique_ptr<NodeProcess> node_;
  std::unique_ptr<Operator> person_;
};

TEST_F(HostileLine, AReceiptSignedByAnUnknownKeyNeverEntersTheLedgerAndRaisesTheAndon) {
  ASSERT_TRUE(person_->publish_product(null_line(options_.line)));
  pull_the_cord();
  auto work_order = person_->demand("forged")["work_order"].get<std::string>();
  ASSERT_TRUE(person_->wait_for_status(work_order, "backlog", seconds(10)));
  auto view = person_->ask("work-order", {{"id", work_order}});
  auto status = person_->ask("status");
  proto::Receipt receipt;
  *receipt.mutable_log() = line::log_origin(person_->line(), status["genesis"]);
  receipt.set_stage("plan");
  receipt.set_work_order_id(work_order);
  receipt.set_attempt(1);
  receipt.set_status("completed");
  receipt.mutable_next()->set_stage("generate");
  receipt.mutable_next()->set_pool("any");
  auto stranger = PrivateKey::generate();
  auto sealed = line::seal_predicate(person_->line(), receipt, {}, {}, stranger);
  ASSERT_TRUE(sealed);
  auto ack = person_->publish_raw(sealed->subject, sealed->bytes);
  ASSERT_TRUE(ack);
  auto verdict = person_->ask("verdict", {{"sequence", ack->sequence}});
  EXPECT_FALSE(verdict.value("admitted", true));
  EXPECT_EQ(verdict["reason"], "the key is unknown");
  EXPECT_TRUE(person_->ask("entry", {{"payload", sealed->payload.to_string()}}).contains("error"));
  EXPECT_TRUE(person_->wait_until(
      [&] {
        for (const auto& call : person_->ask("andons").value("andons", nlohmann::json::array())) {
          if (call["kind"] == "forgery") return true;
        }
        return false;
      },
      seconds(10)))
      << node_->log();
  EXPECT_EQ(person_->ask("work-order", {{"id", work_order}})["status"], "backlog");
  resolve("andon-test");
  EXPECT_TRUE(person_->wait_for_status(work_order, "done", seconds(20)))
      << "a forgery on its subject must not block the genuine card";
}

TEST_F(HostileLine, GarbageOnEverySubjectIsRefusedAndCountedAndTheNodeLives) {
  ASSERT_TRUE(person_->publish_product(null_line(options_.line)));
  std::mt19937 random(20260126);
  auto garbage = [&](size_t size) {
    Bytes bytes(size, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  };
  proto::DemandSignal signal;
  signal.set_signal_id("truncated");
  signal.set_title(std::string(200, 'x'));
  auto truncated = signal.SerializeAsString().substr(0, 100);
  const std::vector<Bytes> payloads = {
      "",        "{",        "[]",         "null",         "{\"signal_id\":7}", std::string(5'000, '['),
      truncated, garbage(1), garbage(100), garbage(60'000)};
  const auto line = options_.line;
  const std::vector<std::string> stream_subjects = {
      "tcps." + line + ".work.build.any.wo-1.1", "tcps." + line + ".work.x",
      "tcps." + line + ".event.done.wo-1", "tcps." + line + ".event.genesis.-",
      "tcps." + line + ".event.a.b.c.d"};
  const std::vector<std::string> core_subjects = {
      "tcps." + line + ".intake.customers", "tcps." + line + ".ledger.status",
      "tcps." + line + ".ledger.verdict",   "tcps." + line + ".ledger.nothing",
      "tcps." + line + ".heartbeat.n9",     "tcps." + line + ".checkpoint"};
  auto refused_before = person_->ask("status")["refused"].get<uint64_t>();
  uint64_t stored = 0;
  for (const auto& payload : payloads) {
    for (const auto& subject : stream_subjects) stored += person_->publish_raw(subject, payload).has_value();
    for (const auto& subject : core_subjects) person_->bus().send(subject, payload);
  }
  EXPECT_FALSE(person_->publish_raw(stream_subjects.front(), Bytes(10u << 20, 'x')).has_value())
      << "10 MiB is more than the bus takes";
  EXPECT_GE(stored, payloads.size() * stream_subjects.size() - stream_subjects.size());
  EXPECT_TRUE(person_->wait_until(
      [&] { return person_->ask("status").value("refused", uint64_t{0}) == refused_before + stored; },
      seconds(20)))
      << person_->ask("status").dump() << " stored " << stored;
  expect_the_line_works("after-garbage");
  auto chain = person_->ask("verify-chain");
  EXPECT_TRUE(chain.value("pass", false)) << chain.dump();
}

TEST_F(HostileLine, AFloodOfDemandIsRefusedWithReasonAndRetryAfterAndTheAcceptedIsFinished) {
  constexpr uint64_t requests = 100'000;
  constexpr uint32_t backlog = 1'000;
  ASSERT_TRUE(person_->publish_product(null_line(options_.line, 64), 64, backlog));
  expect_the_line_works("warm-up");
  pull_the_cord();
  auto resident_before = resident_kib();
  std::atomic<uint64_t> accepted = 0, refused = 0, without_retry = 0, unanswered = 0, under_way = 0;
  for (uint64_t i = 0; i < requests; ++i) {
    while (under_way >= 1'000) std::this_thread::sleep_for(milliseconds(1));
    ++under_way;
    auto body = nlohmann::json{{"signal_id", "flood-" + std::to_string(i)}, {"type", "request"}}.dump();
    person_->bus().request(
        intake_subject(person_->line(), "customers"), body, milliseconds(60'000), [&](Result<Bytes> reply) {
          auto json = reply ? nlohmann::json::parse(*reply, nullptr, false) : nlohmann::json();
          if (!json.is_object()) {
            ++unanswered;
          } else if (json.value("accepted", false)) {
            ++accepted;
          } else {
            ++refused;
            if (!json.contains("reason") || !json.contains("retry_after_ms")) ++without_retry;
          }
          --under_way;
        });
  }
  ASSERT_TRUE(person_->wait_until([&] { return under_way == 0; }, seconds(60)));
  EXPECT_EQ(unanswered, 0u);
  EXPECT_EQ(without_retry, 0u);
  EXPECT_LE(accepted, backlog);
  EXPECT_GE(accepted, backlog / 2);
  EXPECT_EQ(accepted + refused, requests);
  EXPECT_LT(resident_kib(), resident_before + 64 * 1024) << "memory must stay flat under a flood";
  resolve("andon-test");
  EXPECT_TRUE(person_->wait_until(
      [&] { return person_->ask("status").value("done", uint64_t{0}) == accepted + 1; }, seconds(120)))
      << person_->ask("status").dump();
}

TEST_F(HostileLine, PeopleSetWorkAsideAndResumeItAsTheNextAttempt) {
  ASSERT_TRUE(person_->publish_product(null_line(options_.line)));
  pull_the_cord();
  auto work_order = person_->demand("aside")["work_order"].get<std::string>();
  ASSERT_TRUE(person_->wait_for_status(work_order, "backlog", seconds(10)));
  proto::WorkOrderDecision decision;
  decision.set_work_order_id(work_order);
  decision.set_attempt(1);
  decision.set_decision("quarantine");
  decision.set_reason("looks odd");
  ASSERT_TRUE(person_->decide(decision));
  resolve("andon-test");
  EXPECT_EQ(person_->ask("work-order", {{"id", work_order}})["status"], "quarantined");
  decision.set_decision("resume");
  ASSERT_TRUE(person_->decide(decision));
  ASSERT_TRUE(person_->wait_for_status(work_order, "done", seconds(20)));
  auto again = person_->decide(decision);
  ASSERT_FALSE(again) << "a decision about a closed work order is refused";
  auto view = person_->ask("receipts", {{"work_order", work_order}});
  for (const auto& receipt : view["receipts"])
    EXPECT_EQ(receipt["attempt"], receipt["stage"] == "pull" ? 1 : 2) << receipt.dump();
  EXPECT_TRUE(person_->ask("verify-chain", {{"work_order", work_order}}).value("pass", false));
}

}  // namespace
}  // namespace tcps::test
