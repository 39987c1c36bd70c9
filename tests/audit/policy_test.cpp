// tcps-audit policy: a release against a policy file, and the signed summary of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "actors/ledger/chain/testing/sample_bundle.h"
#include "messages/canonical_json.h"
#include "messages/dsse.h"
#include "tests/audit/audit_process.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

using ledger::SampleLog;
using ::testing::HasSubstr;

class AuditPolicy : public testing::Test {
 protected:
  AuditPolicy() {
    log.run_whole("wo-1");
    write_whole(bundle, ledger::bundle_of(log, "wo-1").encode());
  }
  Ran judge(const std::string& toml, std::vector<std::string> arguments = {}) {
    write_whole(policy, toml);
    arguments.insert(arguments.begin(), {"policy", bundle, policy, "--genesis", log.genesis_digest});
    return run_audit(arguments);
  }

  SampleLog log;
  TemporaryFolder folder;
  std::string bundle = folder.path() + "/bundle", policy = folder.path() + "/policy.toml";
};

TEST_F(AuditPolicy, SaysOfEachRuleWhatItSaw) {
  const Ran good = judge("[slo]\nkept = false\n[builders]\nallowed = [\"node-1\"]\n", {"--json"});
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
  EXPECT_EQ(good.document()["verdict"], "PASS");
  EXPECT_EQ(good.document()["findings"].size(), 3u);
  const Ran bad = judge("[slo]\nkept = false\n[builders]\nallowed = [\"node-7\"]\n");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, HasSubstr("BAD   builders: built by node-1"));
  EXPECT_THAT(bad.out, HasSubstr("good  stages: all ten stages passed"));
}

TEST_F(AuditPolicy, SignsASummaryOfEitherResult) {
  auto key = PrivateKey::generate();
  const std::string pem = folder.path() + "/key.pem", out = folder.path() + "/vsa.json";
  ASSERT_TRUE(key.save(pem).has_value());
  for (const auto& [toml, result] : {std::pair{"[slo]\nkept = false\n", "PASSED"}, {"", "FAILED"}}) {
    const Ran ran = judge(toml, {"--sign-with", pem, "-o", out});
    EXPECT_EQ(ran.exit_code, std::string(result) == "PASSED" ? 0 : 1) << ran.out << ran.err;
    const auto envelope = Envelope::decode(read_whole(out));
    ASSERT_TRUE(envelope.has_value());
    EXPECT_TRUE(verify(*envelope, 0, key.public_key()));
    const auto statement = *parse_json(envelope->payload);
    EXPECT_EQ(statement["predicateType"], "https://slsa.dev/verification_summary/v1");
    EXPECT_EQ(statement["predicate"]["verificationResult"], result);
    EXPECT_EQ(statement["predicate"]["policy"]["digest"]["sha256"], Digest::of(toml).hex());
    EXPECT_EQ(statement["predicate"]["inputAttestations"].size(), 10u);
  }
}

TEST_F(AuditPolicy, JudgesNothingThatItCannotVerifyOrRead) {
  EXPECT_EQ(judge("[stages]\nsome = 1\n").exit_code, 2);
  write_whole(policy, "");
  const Ran unpinned = run_audit({"policy", bundle, policy});
  EXPECT_EQ(unpinned.exit_code, 1);
  EXPECT_THAT(unpinned.err, HasSubstr("nothing is pinned"));
  EXPECT_EQ(judge("", {"--sign-with", "x"}).exit_code, 2);
  EXPECT_EQ(judge("", {"--sign-with", folder.path() + "/gone", "-o", folder.path() + "/out"}).exit_code, 2);
}

// A work order that a person set aside and sent on again, in a real factory.
TEST(AuditPolicyOfAFactory, ASecondPersonCountersignsTheDecisionToGoOn) {
  const TemporaryFolder folder;
  NodeOptions options;
  options.data_folder = folder.path() + "/data";
  options.stages = {"pull"};  // so that the work order stays open
  auto node = NodeProcess::start(options);
  ASSERT_TRUE(node->wait_ready());
  const auto factory = node->factory();
  Operator person(factory["bus_url"], options.line, factory["operator_key"]);
  ASSERT_TRUE(person.publish_product(null_line(options.line)).has_value());
  auto second = PrivateKey::generate();
  const std::string second_key = folder.path() + "/bob.pem";
  ASSERT_TRUE(second.save(second_key).has_value());
  proto::KeyAdded added;
  *added.mutable_key() = SampleLog::entry_of(second, "bob", "operator");
  ASSERT_TRUE(person.decide(added).has_value());
  const std::string id = person.demand("one")["work_order"];
  for (const char* decision : {"quarantine", "resume"}) {
    proto::WorkOrderDecision message;
    message.set_work_order_id(id);
    message.set_attempt(1);
    message.set_decision(decision);
    const auto decided = person.decide(message);
    ASSERT_TRUE(decided.has_value()) << decided.error().message;
  }
  const std::string file = folder.path() + "/bundle", policy = folder.path() + "/policy.toml";
  write_whole(policy, "[stages]\nall = false\n[slo]\nkept = false\n");
  const std::string genesis = person.ask("status")["genesis"];
  const auto judged = [&] {
    const Ran exported =
        run_program("tcps", {"ledger", "export", id, "-o", file, "--data", options.data_folder});
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
    return run_audit({"policy", file, policy, "--genesis", genesis});
  };
  EXPECT_THAT(judged().out, HasSubstr("on one person's word"));

  const std::string entry = std::to_string(
      person.ask("entries", {{"kind", "decision"}, {"newest_first", true}})["entries"][0]["index"]
          .get<uint64_t>());
  std::filesystem::create_directories(folder.path() + "/tcps");
  write_whole(folder.path() + "/tcps/contexts.toml",
              "[contexts.bob]\nbus = \"" + factory["bus_url"].get<std::string>() + "\"\nline = \"" +
                  options.line + "\"\noperator_key = \"" + second_key + "\"\n");
  ASSERT_EQ(run_program("tcps", {"ledger", "countersign", entry, "--data", options.data_folder}).exit_code,
            0);
  EXPECT_EQ(judged().exit_code, 1) << "by the same person again";
  ::setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  const Ran signed_by_bob = run_program("tcps", {"ledger", "countersign", entry, "--context", "bob"});
  ::unsetenv("XDG_CONFIG_HOME");
  ASSERT_EQ(signed_by_bob.exit_code, 0) << signed_by_bob.err;
  const Ran good = judged();
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
}

}  // namespace
}  // namespace tcps::test
