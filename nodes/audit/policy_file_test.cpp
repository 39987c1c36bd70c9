#include "nodes/audit/policy_file.h"

#include <gtest/gtest.h>

namespace tcps::audit {
namespace {

constexpr const char* key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

TEST(PolicyFile, ReadsEveryRule) {
  const auto policy = parse_policy(std::string(R"(
[stages]
all = false
[checkpoint]
node_keys = [")") + key + R"("]
at_least = 1
[quarantine]
second_signature = false
[builders]
allowed = ["n1"]
[slo]
kept = true
build_minutes = 5
[reproduced]
nodes = 2
[verifier]
id = "https://example.org/auditor"
levels = ["SLSA_BUILD_LEVEL_2"]
)",
                                   "p.toml");
  ASSERT_TRUE(policy.has_value()) << policy.error().message;
  EXPECT_FALSE(policy->rules.all_stages);
  EXPECT_EQ(policy->rules.node_keys.size(), 1u);
  EXPECT_EQ(policy->rules.node_keys_needed, 1u);
  EXPECT_FALSE(policy->rules.second_signature);
  EXPECT_EQ(policy->rules.builders, std::vector<std::string>{"n1"});
  EXPECT_EQ(policy->rules.slo_minutes[5], 5);
  EXPECT_FALSE(policy->rules.slo_minutes[6].has_value());
  EXPECT_EQ(policy->rules.reproduced_on, 2u);
  EXPECT_EQ(policy->verifier_id, "https://example.org/auditor");
}

TEST(PolicyFile, AnEmptyOneDemandsStagesSecondSignaturesAndDeadlines) {
  const auto policy = parse_policy("", "p.toml");
  ASSERT_TRUE(policy.has_value());
  EXPECT_TRUE(policy->rules.all_stages && policy->rules.second_signature && policy->rules.slo_kept);
  EXPECT_EQ(policy->rules.node_keys_needed + policy->rules.reproduced_on, 0u);
}

TEST(PolicyFile, NamesFileLineAndKeyOfWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"[stages]\nall = 1", "p.toml:2: stages.all: must be true or false"},
      {"[stages]\nsome = true", "p.toml:2: stages.some: unknown key; keys stand in [stages]"},
      {"strict = true", "p.toml:1: strict: unknown key"},
      {"[slo]\nbuild_minutes = -1", "p.toml:2: slo.build_minutes: must be 0-100000"},
      {"[builders]\nallowed = [1]", "p.toml:2: builders.allowed: must be a list of texts"},
      {"[checkpoint]\nat_least = 1", "asks for more keys"},
      {"[checkpoint]\nnode_keys = [\"x\"]", "checkpoint.node_keys"},
      {"[stages", "p.toml:1:"},
  };
  for (const auto& [text, what] : cases) {
    const auto policy = parse_policy(text, "p.toml");
    ASSERT_FALSE(policy.has_value()) << text;
    EXPECT_NE(policy.error().message.find(what), std::string::npos) << policy.error().message;
  }
}

}  // namespace
}  // namespace tcps::audit
