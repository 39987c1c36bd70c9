#include "actors/engines/archive/snapshot.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/posix_process_runner.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps::archive {
namespace {

namespace fs = std::filesystem;

class Snapshots : public testing::Test {
 protected:
  void SetUp() override {
    git("init -q -b main . && git config user.email a@b && git config user.name n && echo one > file && "
        "mkdir out && "
        "echo junk > out/junk && git add . && git commit -q -m one && git tag v1 && echo two > file && git "
        "commit -q -a -m two");
  }

  std::string git(const std::string& script) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", "mkdir -p repository && cd repository && git " + script};
    spec.environment = minimal_environment();
    spec.environment["HOME"] = root_;
    spec.working_directory = root_;
    auto result = runner_.run(spec);
    EXPECT_TRUE(result && result->ok()) << (result ? result->error_output : result.error().message);
    return result ? result->output.substr(0, result->output.find('\n')) : "";
  }

  GitSource source(const std::string& revision) {
    return {"file://" + (root_ / "repository").string(), revision, {"file"}, std::chrono::seconds(30)};
  }
  std::string at(const std::string& name) const { return (root_ / name).string(); }

  PosixProcessRunner runner_;
  test::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(Snapshots, OfAFolderLeaveOutGitAndBuildFolders) {
  SnapshotOptions options;
  options.exclude = {"out"};
  const auto snapshot = snapshot_folder(at("repository"), at("s.tar.gz"), options);
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->packed.entries, 1u);
  EXPECT_EQ(snapshot->commit, "");
}

TEST_F(Snapshots, OfAGitRevisionEqualThoseOfItsFiles) {
  const auto head = snapshot_git(runner_, source("main"), at("head.tar.gz"));
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->commit, git("rev-parse HEAD"));
  EXPECT_EQ(head->packed.digest, snapshot_folder(at("repository"), at("folder.tar.gz"))->packed.digest);
  const auto tag = snapshot_git(runner_, source("v1"), at("tag.tar.gz"));
  ASSERT_TRUE(tag.has_value()) << tag.error().message;
  EXPECT_NE(tag->packed.digest, head->packed.digest);
  const auto commit = snapshot_git(runner_, source(head->commit), at("commit.tar.gz"));
  ASSERT_TRUE(commit.has_value()) << commit.error().message;
  EXPECT_EQ(commit->packed.digest, head->packed.digest);
  EXPECT_FALSE(fs::exists(at("head.tar.gz.checkout")));
}

TEST_F(Snapshots, SayWhatIsMissing) {
  EXPECT_EQ(snapshot_git(runner_, source("no-such-branch"), at("s.tar.gz")).error().code,
            ErrorCode::not_found);
  auto missing = source("main");
  missing.url = "file:///no/such/repository";
  EXPECT_EQ(snapshot_git(runner_, missing, at("s.tar.gz")).error().code, ErrorCode::not_found);
}

TEST_F(Snapshots, RefuseProtocolsAndRevisionsBeforeStartingGit) {
  ScriptedProcessRunner scripted;
  auto forbidden = source("main");
  forbidden.protocols = {"https"};
  EXPECT_EQ(snapshot_git(scripted, forbidden, at("s.tar.gz")).error().code, ErrorCode::invalid);
  for (const auto* url : {"ext::sh -c touch% /tmp/x", "--upload-pack=x", "", "/plain/path"}) {
    auto odd = source("main");
    odd.url = url;
    EXPECT_EQ(snapshot_git(scripted, odd, at("s.tar.gz")).error().code, ErrorCode::invalid) << url;
  }
  for (const auto* revision : {"--output=x", "", "a b", "a:b"}) {
    EXPECT_EQ(snapshot_git(scripted, source(revision), at("s.tar.gz")).error().code, ErrorCode::invalid)
        << revision;
  }
  EXPECT_TRUE(scripted.commands().empty());
}

TEST_F(Snapshots, TellAServerThatCannotBeReachedFromASlowOne) {
  ScriptedProcessRunner scripted;
  scripted.on(" init ", exited(0));
  scripted.on(" fetch ", exited(128, "", "fatal: unable to access: Could not resolve host"), 1);
  scripted.on(" fetch ", timed_out());
  EXPECT_EQ(snapshot_git(scripted, source("main"), at("s.tar.gz")).error().code, ErrorCode::unavailable);
  EXPECT_EQ(snapshot_git(scripted, source("main"), at("s.tar.gz")).error().code, ErrorCode::timeout);
}

}  // namespace
}  // namespace tcps::archive
