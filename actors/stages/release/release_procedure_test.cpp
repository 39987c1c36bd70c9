#include "actors/stages/release/release_procedure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/archive/archive.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"
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
)";
const std::string release_files = R"([[release.files]]
from = "bin/hello"
to = "usr/bin/hello"
[[release.files]]
from = "docs/*"
to = "share/"
)";

class Releasing : public testing::Test {
 protected:
  StageOutcome release(const std::string& rules) {
    trial_ = std::make_unique<Trial>(head + rules, Repository{{"docs/guide.md", "read me"}}, runner_);
    trial_->hand_on(Stage::build, "bin/hello", "#!/bin/sh\necho hello\n");
    auto outcome = trial_->run(*make_release_procedure(), Stage::release);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(StageOutcome{});
  }
  void expect_failure(const std::string& rules, FailureMode mode, const std::string& part) {
    const auto outcome = release(rules);
    ASSERT_TRUE(outcome.failure.has_value());
    EXPECT_EQ(outcome.failure->mode, mode) << outcome.failure->reason;
    EXPECT_NE(outcome.failure->reason.find(part), std::string::npos) << outcome.failure->reason;
    EXPECT_FALSE(outcome.failure->evidence.empty());
  }

  ScriptedProcessRunner runner_;
  std::unique_ptr<Trial> trial_;
};

TEST_F(Releasing, PacksWhatTheRulesName) {
  const auto outcome = release(release_files + "[release]\nrequired = [\"usr/bin/*\"]\n");
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  const auto& fields = outcome.fields;
  EXPECT_EQ(fields["release"]["name"], "hello-1.2.0");
  EXPECT_EQ(fields["release"]["version"], "1.2.0");
  EXPECT_EQ(fields["release"]["erts_version"]["applicable"], false);
  EXPECT_EQ(fields["container"]["applicable"], false);
  const auto& tarball = fields["artifacts"].at(0);
  const auto bytes = trial_->artifact(Stage::release, "hello-1.2.0.tar.gz");
  EXPECT_EQ(tarball["type"], "tarball");
  EXPECT_EQ(tarball["path"], "hello-1.2.0.tar.gz");
  EXPECT_EQ(tarball["size_bytes"], bytes.size());
  EXPECT_EQ(tarball["sha256"], Digest::of(bytes).hex());
  EXPECT_EQ(tarball["md5"].get<std::string>().size(), 32u);
  EXPECT_EQ(trial_->artifact(Stage::release, "checksums.txt"),
            Digest::of(bytes).hex() + "  hello-1.2.0.tar.gz\n");

  const auto file = trial_->folder + "/again.tar.gz";
  std::ofstream(file, std::ios::binary) << bytes;
  ASSERT_TRUE(archive::unpack(file, trial_->folder + "/again").has_value());
  EXPECT_TRUE(std::filesystem::exists(trial_->folder + "/again/usr/bin/hello"));
  EXPECT_TRUE(std::filesystem::exists(trial_->folder + "/again/share/guide.md"));
}

TEST_F(Releasing, GivesTheSameBytesEveryTime) {
  const auto first = release(release_files + "[release.image]\nentrypoint = [\"/usr/bin/hello\"]\n");
  const auto second = release(release_files + "[release.image]\nentrypoint = [\"/usr/bin/hello\"]\n");
  ASSERT_FALSE(first.failure.has_value()) << first.failure->reason;
  EXPECT_EQ(first.fields["artifacts"], second.fields["artifacts"]);
  const auto& image = first.fields["artifacts"].at(1);
  EXPECT_EQ(image["type"], "oci");
  EXPECT_EQ(image["path"], "hello-1.2.0.oci.tar");
  EXPECT_TRUE(Digest::parse(image["image_id"].get<std::string>()).has_value());
  EXPECT_FALSE(trial_->artifact(Stage::release, "hello-1.2.0.oci.tar").empty());
}

TEST_F(Releasing, PacksWhatACommandPrepared) {
  runner_.on("-- bundle", [](const ProcessSpec& spec) -> Result<ProcessResult> {
    std::ofstream(work_folder_of(spec) + "/.tcps/release/bundled") << "bundle";
    return exited(0);
  });
  const auto outcome = release("[release]\ncommands = [[\"bundle\"]]\nrequired = [\"bundled\"]\n");
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  EXPECT_NE(runner_.commands().at(0).find("--setenv TCPS_RELEASE /work/.tcps/release"), std::string::npos);
}

TEST_F(Releasing, TakesNothingThroughALinkThatACommandLeft) {
  runner_.on("-- bundle", [](const ProcessSpec& spec) -> Result<ProcessResult> {
    const auto place = work_folder_of(spec) + "/.tcps/release";
    std::filesystem::remove_all(place);
    std::filesystem::create_symlink("/etc", place);
    return exited(0);
  });
  expect_failure(release_files + "[release]\ncommands = [[\"bundle\"]]\n", FailureMode::release_build_fails,
                 "which is no folder");
}

TEST_F(Releasing, TellsTheErlangRuntimeThatItShips) {
  const auto outcome = release("[[release.files]]\nfrom = \"bin/hello\"\nto = \"erts-14.2/bin/erl\"\n");
  ASSERT_FALSE(outcome.failure.has_value()) << outcome.failure->reason;
  EXPECT_EQ(outcome.fields["release"]["erts_version"], "14.2");
}

TEST_F(Releasing, FailsWithItsCommand) {
  runner_.on("-- bundle", exited(3, "cannot bundle\n"));
  runner_.on("-- true", exited(0));
  expect_failure(release_files + "[release]\ncommands = [[\"bundle\"]]\n", FailureMode::release_build_fails,
                 "cannot bundle");
}

TEST_F(Releasing, MissesAFileThatTheReleaseNeeds) {
  expect_failure(release_files + "[release]\nrequired = [\"erts-*/bin/erl\"]\n", FailureMode::missing_erts,
                 "erts-*/bin/erl");
  expect_failure("[[release.files]]\nfrom = \"bin/other\"\nto = \"bin/other\"\n", FailureMode::missing_erts,
                 "bin/other");
}

TEST_F(Releasing, NeedsANameThatAFileCanHave) {
  expect_failure(release_files + "[release]\nname = \"a/{{ version }}\"\n", FailureMode::release_build_fails,
                 "a/1.2.0");
}

TEST_F(Releasing, FailsWhereNoImageCanBeMade) {
  trial_ =
      std::make_unique<Trial>(head + release_files + "[release.image]\nentrypoint = [\"/usr/bin/hello\"]\n",
                              Repository{{"docs/guide.md", "read me"}}, runner_);
  trial_->hand_on(Stage::build, "bin/hello", "hello");
  trial_->job.version = "1.2.0 beta";  // no tag
  auto standard_work = *trial_->job.standard_work;
  standard_work.release.name = "hello";
  trial_->job.standard_work = std::make_shared<StandardWork>(standard_work);
  const auto outcome = trial_->run(*make_release_procedure(), Stage::release);
  ASSERT_TRUE(outcome.has_value());
  ASSERT_TRUE(outcome->failure.has_value());
  EXPECT_EQ(outcome->failure->mode, FailureMode::container_build_fails) << outcome->failure->reason;
}

}  // namespace
}  // namespace tcps
