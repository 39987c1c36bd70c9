#include "actors/stages/verify/verify_procedure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/archive/archive.h"
#include "actors/engines/channels/marketplace.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/publications.h"
#include "actors/stages/common/testing/trial.h"

namespace tcps {
namespace {

using namespace stages;

constexpr std::string_view line = R"([line]
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
[publish.marketplace]
[[verify.smoke]]
name = "starts"
command = ["bin/hello"]
[[verify.smoke]]
name = "stops"
command = ["stop"]
)";

class Verifying : public testing::Test {
 protected:
  Verifying() {
    runner_.on("-- true", exited(0));
    market_ = trial_.workshop.marketplace_directory = trial_.folder + "/market";
    tarball_ = trial_.folder + "/hello-1.2.0.tar.gz";
    std::filesystem::create_directories(trial_.folder + "/tree/bin");
    std::ofstream(trial_.folder + "/tree/bin/hello") << "hello";
    EXPECT_TRUE(archive::pack_tree(trial_.folder + "/tree", tarball_).has_value());
  }
  void publish() {
    const auto listed = channels::Marketplace(market_).publish({"hello", "1.2.0", 1, {tarball_}});
    ASSERT_TRUE(listed.has_value()) << listed.error().message;
    record({{Channel::marketplace, "embedded", "hello", "1.2.0", "hello-1.2.0.tar.gz",
             listed->listing.files[0].digest}});
  }
  void record(const std::vector<Publication>& publications) {
    trial_.hand_on(Stage::publish, "publications.json", to_json(publications));
  }
  StageOutcome verify() {
    auto outcome = trial_.run(*make_verify_procedure(), Stage::verify);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(StageOutcome{});
  }
  void expect_failure(FailureMode mode, const std::string& part) {
    const auto outcome = verify();
    ASSERT_TRUE(outcome.failure.has_value());
    EXPECT_EQ(outcome.failure->mode, mode) << outcome.failure->reason;
    EXPECT_NE(outcome.failure->reason.find(part), std::string::npos) << outcome.failure->reason;
    EXPECT_EQ(outcome.fields["overall_status"], "failed");
  }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"a", "b"}}, runner_};
  std::string market_, tarball_;
};

TEST_F(Verifying, TriesWhatTheMarketplaceGives) {
  publish();
  bool installed = false;
  runner_.on("-- bin/hello", [&](const ProcessSpec& spec) -> Result<ProcessResult> {
    installed = std::filesystem::exists(work_folder_of(spec) + "/bin/hello");
    return exited(0);
  });
  runner_.on("-- stop", exited(0));
  const auto outcome = verify();
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  EXPECT_TRUE(installed);
  const auto& fields = outcome.fields;
  EXPECT_EQ(fields["overall_status"], "verified");
  EXPECT_EQ(fields["verification"]["hex_install"]["applicable"], false);
  EXPECT_EQ(fields["verification"]["install"],
            (nlohmann::json{{"passed", true}, {"source", "marketplace"}, {"version_installed", "1.2.0"}}));
  EXPECT_EQ(fields["verification"]["smoke_tests"]["tests_passed"], 2);
  EXPECT_EQ(fields["verification"]["container"]["applicable"], false);
  EXPECT_EQ(fields["verification"]["entitlement_gating"],
            (nlohmann::json{{"passed", true}, {"test_cases", 4}, {"all_passed", true}}));
}

TEST_F(Verifying, FailsWhereTheListingIsGone) {
  publish();
  std::filesystem::remove_all(market_);
  expect_failure(FailureMode::install_fails, "marketplace");
}

TEST_F(Verifying, FailsWhereTheListedFileChanged) {
  publish();
  std::ofstream(market_ + "/hello/1.2.0/hello-1.2.0.tar.gz", std::ios::app) << "tampered";
  expect_failure(FailureMode::install_fails, "does not have its digest");
}

TEST_F(Verifying, FailsWhereAnotherFileIsListed) {
  publish();
  trial_.job.manifest = {};
  record({{Channel::marketplace, "embedded", "hello", "1.2.0", "hello-1.2.0.tar.gz", Digest::of("other")}});
  expect_failure(FailureMode::install_fails, "was published");
}

TEST_F(Verifying, NamesTheSmokeCheckThatFails) {
  publish();
  runner_.on("-- bin/hello", exited(0));
  runner_.on("-- stop", exited(1, "hangs\n"));
  expect_failure(FailureMode::smoke_test_fails, "smoke check 'stops'");
}

TEST_F(Verifying, NeedsTheRecordOfPublications) { expect_failure(FailureMode::install_fails, "no record"); }

TEST_F(Verifying, FailsWhereAnEntitlementCaseDoes) {
  auto standard_work = *trial_.job.standard_work;
  standard_work.verify.smoke.clear();
  standard_work.verify.entitlement = {{"inactive user", {"check-inactive"}}};
  trial_.job.standard_work = std::make_shared<StandardWork>(standard_work);
  publish();
  runner_.on("-- check-inactive", exited(1, "let in\n"));
  expect_failure(FailureMode::entitlement_broken, "entitlement case 'inactive user'");
}

TEST_F(Verifying, InstallsFromTheObjectStoreWhatWasPublishedNowhere) {
  record({});
  std::ifstream file(tarball_, std::ios::binary);
  trial_.hand_on(Stage::release, "hello-1.2.0.tar.gz", std::string(std::istreambuf_iterator<char>(file), {}));
  runner_.on("-- bin/hello", exited(0));
  runner_.on("-- stop", exited(0));
  const auto outcome = verify();
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  EXPECT_EQ(outcome.fields["verification"]["install"]["source"], "object store");
  EXPECT_EQ(outcome.fields["verification"]["entitlement_gating"]["applicable"], false);
}

}  // namespace
}  // namespace tcps
