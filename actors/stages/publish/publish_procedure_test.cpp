#include "actors/stages/publish/publish_procedure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/channels/marketplace.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/publications.h"
#include "actors/stages/common/testing/trial.h"

namespace tcps {
namespace {

using namespace stages;

const std::string head = R"([line]
name = "hello"
[build]
system = "make"
outputs = ["bin/hello"]
[test.unit]
framework = "shell"
commands = [["make", "check"]]
[[release.files]]
from = "bin/hello"
to = "bin/hello"
[publish]
attempts = 2
)";

class Publishing : public testing::Test {
 protected:
  void line(const std::string& rules) {
    trial_ = std::make_unique<Trial>(head + rules, Repository{{"a", "b"}}, runner_);
    trial_->workshop.marketplace_directory = trial_->folder + "/market";
    release("tarball");
  }
  void release(const std::string& content) {
    trial_->job.manifest = {};
    trial_->hand_on(Stage::release, "hello-1.2.0.tar.gz", content);
    trial_->hand_on(Stage::release, "checksums.txt", Digest::of(content).hex() + "  hello-1.2.0.tar.gz\n");
  }
  StageOutcome publish() {
    auto outcome = trial_->run(*make_publish_procedure(), Stage::publish);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(StageOutcome{});
  }
  nlohmann::json entry(const StageOutcome& outcome, const std::string& channel) {
    for (const auto& one : outcome.fields["publications"]) {
      if (one["channel"] == channel) return one;
    }
    return {};
  }

  ScriptedProcessRunner runner_;
  std::unique_ptr<Trial> trial_;
};

TEST_F(Publishing, ListsTheReleaseInTheMarketplace) {
  line("[publish.marketplace]\n");
  const auto outcome = publish();
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  EXPECT_EQ(entry(outcome, "marketplace"), (nlohmann::json{{"channel", "marketplace"},
                                                           {"sku", "hello-1.2.0"},
                                                           {"listing_url", "hello/1.2.0/release.json"},
                                                           {"digest", Digest::of("tarball").to_string()},
                                                           {"already_there", false},
                                                           {"published_at", "2026-01-26T11:00:00Z"}}));
  EXPECT_EQ(entry(outcome, "hex.pm")["applicable"], false);
  EXPECT_EQ(entry(outcome, "oci")["applicable"], false);
  EXPECT_TRUE(channels::Marketplace(trial_->folder + "/market").find("hello", "1.2.0").has_value());
  const auto record = parse_publications(trial_->artifact(Stage::publish, "publications.json"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(*record, (std::vector<Publication>{{Channel::marketplace, "embedded", "hello", "1.2.0",
                                                "hello-1.2.0.tar.gz", Digest::of("tarball")}}));
}

TEST_F(Publishing, CountsWhatIsThereAlreadyAsPublished) {
  line("[publish.marketplace]\n");
  publish();
  release("tarball");
  trial_->workshop.unix_ms = [] { return int64_t{1'800'000'000'000}; };
  const auto again = publish();
  ASSERT_FALSE(again.failure.has_value()) << again.failure->reason;
  EXPECT_EQ(entry(again, "marketplace")["already_there"], true);
  EXPECT_EQ(entry(again, "marketplace")["published_at"], "2026-01-26T11:00:00Z");
}

TEST_F(Publishing, NeverReplacesAVersion) {
  line("[publish.marketplace]\n");
  publish();
  release("changed");
  const auto other = publish();
  ASSERT_TRUE(other.failure.has_value());
  EXPECT_EQ(other.failure->mode, FailureMode::version_conflict) << other.failure->reason;
}

TEST_F(Publishing, TriesTheMarketplaceAgainAndThenFails) {
  line("[publish.marketplace]\n");
  std::ofstream(trial_->folder + "/market") << "a file where the folder should be";
  const auto outcome = publish();
  ASSERT_TRUE(outcome.failure.has_value());
  EXPECT_EQ(outcome.failure->mode, FailureMode::marketplace_update_fails) << outcome.failure->reason;
  EXPECT_NE(trial_->text_of(outcome.failure->evidence).find("marketplace: "), std::string::npos);
}

TEST_F(Publishing, LeavesEveryChannelOutThatTheLineDoesNotName) {
  line("");
  const auto outcome = publish();
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  ASSERT_EQ(outcome.fields["publications"].size(), 3u);
  for (const auto& one : outcome.fields["publications"]) EXPECT_EQ(one["applicable"], false) << one;
}

TEST_F(Publishing, ChecksTheReleaseFirst) {
  line("[publish.marketplace]\n");
  trial_->store.damage(Digest::of("tarball"));
  const auto damaged = publish();
  ASSERT_TRUE(damaged.failure.has_value());
  EXPECT_EQ(damaged.failure->mode, no_mode) << damaged.failure->reason;
  EXPECT_FALSE(std::filesystem::exists(trial_->folder + "/market"));

  line("[publish.marketplace]\n");
  trial_->job.manifest = {};
  trial_->hand_on(Stage::release, "hello-1.2.0.tar.gz", "other");
  trial_->hand_on(Stage::release, "checksums.txt", Digest::of("tarball").hex() + "  hello-1.2.0.tar.gz\n");
  const auto wrong = publish();
  ASSERT_TRUE(wrong.failure.has_value());
  EXPECT_EQ(wrong.failure->mode, no_mode) << wrong.failure->reason;
  EXPECT_FALSE(std::filesystem::exists(trial_->folder + "/market"));
}

TEST_F(Publishing, GivesTheCardBackWhereTheNodeHasNoMarketplace) {
  line("[publish.marketplace]\n");
  trial_->workshop.marketplace_directory.clear();
  const auto outcome = trial_->run(*make_publish_procedure(), Stage::publish);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace tcps
