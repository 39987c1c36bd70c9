#include "actors/ledger/chain/release_policy.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/chain/testing/sample_bundle.h"
#include "actors/ledger/chain/verification_summary.h"
#include "messages/canonical_json.h"

namespace tcps::ledger {
namespace {

class ReleasePolicyTest : public testing::Test {
 protected:
  // A receipt with times and a manifest, as stations make them.
  void pass(Stage stage, const char* started = "2026-01-26T10:00:00Z") {
    auto receipt = log.receipt(stage);
    receipt.set_started_at(started);
    receipt.set_manifest(Digest::of("manifest").to_string());
    log.add(receipt, stage == Stage::plan ? log.planner : log.station);
    log.passed = log.last;
    if (stage == Stage::build) built = log.last;
  }
  void pass_from(Stage first) {
    for (const Stage stage : all_stages) {
      if (stage >= first) pass(stage);
    }
  }
  void give_evidence(const char* name, const Digest& about, PrivateKey& key,
                     const std::string& artifact = {}) {
    proto::Evidence evidence;
    evidence.set_name(name);
    evidence.set_artifact(artifact);
    (*evidence.mutable_fields()->mutable_fields())["message"].set_string_value(about.to_string());
    log.add(evidence, key);
  }
  void add_key(PrivateKey& key, const char* owner, const char* role) {
    proto::KeyAdded added;
    *added.mutable_key() = SampleLog::entry_of(key, owner, role);
    log.add(added, log.root);
  }
  // Fails at build and is resumed; returns the decision's digest.
  Digest fail_and_resume() {
    log.accept("wo-1");
    for (const Stage stage : all_stages) {
      if (stage < Stage::build) pass(stage);
    }
    log.fail_at(Stage::build, "F6.1");
    log.resume_at(Stage::build);
    return log.entries[log.entries.size() - 2].message.payload_digest;
  }

  // The finding of a rule, as "good" or what was seen.
  std::string finding(const ReleasePolicy& policy, const std::string& rule) {
    const Bundle bundle = bundle_of(log, "wo-1");
    BundlePins pins;
    pins.keys = {replica_key(log)};
    const auto report = verify_bundle(bundle, pins);
    EXPECT_TRUE(report.passed()) << report.fault.value_or("");
    if (!report.passed()) return "bundle";
    for (const auto& [name, good, what] : judge_release(bundle, report, policy)) {
      if (name == rule) return good ? "good" : what;
    }
    return "off";
  }

  SampleLog log;
  ReleasePolicy policy;
  Digest built;
};

TEST_F(ReleasePolicyTest, AStraightReleaseIsGoodByAllThatIsOnAtFirst) {
  log.accept("wo-1");
  pass_from(Stage::pull);
  for (const char* rule : {"stages", "quarantine", "slo"}) EXPECT_EQ(finding(policy, rule), "good") << rule;
  for (const char* rule : {"checkpoint", "builders", "reproduced"})
    EXPECT_EQ(finding(policy, rule), "off") << rule;
}

TEST_F(ReleasePolicyTest, SomeOfTheKeysMustHaveSigned) {
  log.accept("wo-1");
  pass_from(Stage::pull);
  auto other = PrivateKey::generate();
  policy.node_keys = {replica_key(log),
                      *tlog::NoteKey::make("n2", tlog::NoteKeyType::cosignature, other.public_key())};
  policy.node_keys_needed = 1;
  EXPECT_EQ(finding(policy, "checkpoint"), "good");
  policy.node_keys_needed = 2;
  EXPECT_EQ(finding(policy, "checkpoint"), "1 of 2 keys signed the checkpoint, 2 are needed");
}

TEST_F(ReleasePolicyTest, AResumedQuarantineNeedsAnotherPersonsSignature) {
  const Digest decision = fail_and_resume();
  pass_from(Stage::build);
  const Digest last = log.last;
  EXPECT_NE(finding(policy, "quarantine").find("on one person's word"), std::string::npos);

  give_evidence("countersignature", decision, log.person);
  EXPECT_NE(finding(policy, "quarantine"), "good") << "the same person again";
  auto twin = PrivateKey::generate(), node = PrivateKey::generate(), second = PrivateKey::generate();
  add_key(twin, "ann", "operator");
  give_evidence("countersignature", decision, twin);
  EXPECT_NE(finding(policy, "quarantine"), "good") << "another key of the same person";
  add_key(node, "node-2", "station");
  give_evidence("countersignature", decision, node);
  EXPECT_NE(finding(policy, "quarantine"), "good") << "a machine";
  add_key(second, "bob", "operator");
  give_evidence("countersignature", last, second);
  EXPECT_NE(finding(policy, "quarantine"), "good") << "of something else";
  give_evidence("countersignature", decision, second);
  EXPECT_EQ(finding(policy, "quarantine"), "good");
  policy.second_signature = false;
  EXPECT_EQ(finding(policy, "quarantine"), "off");
}

TEST_F(ReleasePolicyTest, AnAnsweredCallThatResumesIsADecisionToo) {
  log.accept("wo-1");
  pass(Stage::pull);
  proto::AndonRaised raised;
  raised.set_andon_id("call-1");
  raised.set_work_order_id("wo-1");
  log.add(raised, log.station);
  proto::AndonResolved resolved;
  resolved.set_andon_id("call-1");
  resolved.set_disposition("resume");
  log.add(resolved, log.person);
  const Digest decision = log.last;
  ++log.attempt;
  log.last = log.passed;
  pass_from(Stage::plan);
  EXPECT_NE(finding(policy, "quarantine").find("on one person's word"), std::string::npos);
  auto second = PrivateKey::generate();
  add_key(second, "bob", "operator");
  give_evidence("countersignature", decision, second);
  EXPECT_EQ(finding(policy, "quarantine"), "good");
}

TEST_F(ReleasePolicyTest, AnUnfinishedWorkOrderIsNoRelease) {
  log.accept("wo-1");
  pass(Stage::pull);
  Bundle bundle = bundle_of(log, "wo-1");
  bundle.state = "open";
  BundlePins pins;
  pins.keys = {replica_key(log)};
  const auto report = verify_bundle(bundle, pins);
  ASSERT_TRUE(report.passed());
  const auto findings = judge_release(bundle, report, policy);
  EXPECT_FALSE(findings.front().good);
  EXPECT_EQ(findings.front().what,
            "not passed: plan generate extract render build test release publish verify");
  EXPECT_TRUE(release_subjects(report).empty());
}

TEST_F(ReleasePolicyTest, TheBuilderMustBeListed) {
  log.accept("wo-1");
  pass_from(Stage::pull);
  policy.builders = {"node-9"};
  EXPECT_NE(finding(policy, "builders").find("which is not listed"), std::string::npos);
  policy.builders = {"node-9", "node-1"};
  EXPECT_EQ(finding(policy, "builders"), "good");
  policy.builders = {log.station.public_key().id().to_string()};
  EXPECT_EQ(finding(policy, "builders"), "good");
}

TEST_F(ReleasePolicyTest, StagesMustKeepTheirDeadlines) {
  log.accept("wo-1");
  pass(Stage::pull);
  pass(Stage::plan, "2026-01-26T06:00:00Z");
  for (const Stage stage : all_stages) {
    if (stage > Stage::plan) pass(stage);
  }
  EXPECT_NE(finding(policy, "slo").find("plan ran from"), std::string::npos);
  policy.slo_minutes[1] = 600;
  EXPECT_EQ(finding(policy, "slo"), "good");
  policy.slo_minutes[9] = 5;
  EXPECT_NE(finding(policy, "slo").find("its deadline is 5 minutes"), std::string::npos);
}

TEST_F(ReleasePolicyTest, AReleaseWithoutTimesKeptNoDeadline) {
  log.run_whole("wo-1");
  EXPECT_EQ(finding(policy, "slo"), "pull does not say when it ran");
}

TEST_F(ReleasePolicyTest, ABuildMayHaveToBeReproducedElsewhere) {
  log.accept("wo-1");
  pass_from(Stage::pull);
  const std::string manifest = Digest::of("manifest").to_string();
  policy.reproduced_on = 2;
  EXPECT_EQ(finding(policy, "reproduced"), "1 nodes made the same build, 2 are needed");
  give_evidence("reproduction", built, log.station, manifest);
  EXPECT_NE(finding(policy, "reproduced"), "good") << "the builder itself";
  auto second = PrivateKey::generate();
  add_key(second, "node-2", "station");
  give_evidence("reproduction", built, second, Digest::of("other").to_string());
  EXPECT_NE(finding(policy, "reproduced"), "good") << "another result";
  give_evidence("reproduction", built, second, manifest);
  EXPECT_EQ(finding(policy, "reproduced"), "good");
}

TEST(VerificationSummary, HasTheFieldsOfTheSpecificationAndTheVerifiersSignature) {
  auto key = PrivateKey::generate();
  const Digest digest = Digest::of("x");
  VerificationSummary summary{
      {{"a.tar.gz", digest}}, "https://example.org/v", "1.2", 1'769'421'600'000,     "https://r",
      {"urn:p", digest},      {{"urn:i", digest}},     true,  {"SLSA_BUILD_LEVEL_2"}};
  const auto envelope = Envelope::decode(*seal_summary(summary, key));
  ASSERT_TRUE(envelope.has_value());
  EXPECT_TRUE(verify(*envelope, 0, key.public_key()));
  const auto statement = *parse_json(envelope->payload);
  const nlohmann::json sha = {{"sha256", digest.hex()}};
  EXPECT_EQ(
      statement,
      (nlohmann::json{{"_type", "https://in-toto.io/Statement/v1"},
                      {"subject", {{{"name", "a.tar.gz"}, {"digest", sha}}}},
                      {"predicateType", "https://slsa.dev/verification_summary/v1"},
                      {"predicate",
                       {{"verifier", {{"id", "https://example.org/v"}, {"version", {{"tcps-audit", "1.2"}}}}},
                        {"timeVerified", "2026-01-26T10:00:00Z"},
                        {"resourceUri", "https://r"},
                        {"policy", {{"uri", "urn:p"}, {"digest", sha}}},
                        {"inputAttestations", {{{"uri", "urn:i"}, {"digest", sha}}}},
                        {"verificationResult", "PASSED"},
                        {"verifiedLevels", {"SLSA_BUILD_LEVEL_2"}},
                        {"slsaVersion", "1.0"}}}}));
  summary.passed = false;
  EXPECT_EQ(to_statement(summary)["predicate"]["verificationResult"], "FAILED");
  EXPECT_EQ(to_statement(summary)["predicate"]["verifiedLevels"], nlohmann::json::array({"FAILED"}));
}

}  // namespace
}  // namespace tcps::ledger
