// The five production procedures one after the other, with the compiler, the sandbox, skopeo, umoci and a
// registry on loopback: once with everything right, and once for each thing that can be wrong.
#include <gtest/gtest.h>

#include "actors/engines/channels/registry_process.h"
#include "actors/engines/sandbox/posix_process_runner.h"
#include "actors/stages/build/build_procedure.h"
#include "actors/stages/common/testing/trial.h"
#include "actors/stages/publish/publish_procedure.h"
#include "actors/stages/release/release_procedure.h"
#include "actors/stages/test/test_procedure.h"
#include "actors/stages/verify/verify_procedure.h"
#include "tests/support/temporary_folder.h"

namespace tcps {
namespace {

using namespace stages;

const std::string line_toml = R"([line]
name = "greeter"
[build]
system = "make"
prepare = [["make", "check-tools"]]
compiler_version = ["g++", "--version"]
lock = ["deps.lock"]
outputs = ["bin/greeter"]
repeat = 2
timeout = "60s"
[test.unit]
framework = "shell"
commands = [["sh", "unit.sh"]]
junit = ["unit.xml"]
timeout = "20s"
[test.coverage]
commands = [["sh", "coverage.sh"]]
report = "coverage.json"
[[release.files]]
from = "bin/greeter"
to = "bin/greeter"
[release]
required = ["bin/*"]
[release.image]
entrypoint = ["/bin/greeter"]
environment = { GREETING = "hello" }
[publish]
attempts = 2
[publish.oci]
repository = "team/greeter"
[publish.marketplace]
[verify]
image_command = ["/bin/greeter"]
[[verify.smoke]]
name = "greets"
command = ["sh", "-c", "bin/greeter | grep hello"]
[sandbox]
processes = 64
)";

Repository greeter() {
  return {{"greeter.cpp",
           "#include <cstdio>\n#include <generated.h>\nint main() { std::puts(\"hello \" VERSION); return "
           "STATUS; }\n"},
          {"Makefile",
           "bin/greeter: greeter.cpp\n\tmkdir -p bin\n"
           "\tg++ -static -O1 -I. '-DVERSION=\"$(TCPS_VERSION)\"' -o $@ $<\n"
           "check-tools:\n\tg++ --version > /dev/null\n"},
          {"deps.lock", "nothing\n"},
          {"unit.sh",
           "bin/greeter && echo '<testsuite name=\"G\"><testcase classname=\"G\" name=\"greets\" "
           "time=\"0.1\"/></testsuite>' > unit.xml\n"},
          {"coverage.sh",
           "echo "
           "'{\"line_covered\":9,\"line_total\":10,\"function_covered\":1,\"function_total\":1,\"branch_"
           "covered\":0,"
           "\"branch_total\":0}' > coverage.json\n"}};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The stages from build on.
std::unique_ptr<Procedure> procedure_of(Stage stage) {
  switch (stage) {
    case Stage::build:
      return make_build_procedure();
    case Stage::test:
      return make_test_procedure();
    case Stage::release:
      return make_release_procedure();
    case Stage::publish:
      return make_publish_procedure();
    default:
      return make_verify_procedure();
  }
}

class Production : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new Shared;
    auto registry = channels::RegistryProcess::start(shared_->runner, shared_->folder.at("registry"));
    ASSERT_TRUE(registry.has_value()) << registry.error().message;
    shared_->registry = std::move(*registry);
  }
  static void TearDownTestSuite() {
    shared_->registry.reset();
    delete shared_;
    shared_ = nullptr;
  }

  // A trial whose image goes to a repository of its own.
  void line(const std::string& text, const Repository& repository) {
    static int count = 0;
    trial_ =
        std::make_unique<Trial>(replaced(text, "team/greeter", "team/greeter-" + std::to_string(++count)),
                                repository, shared_->runner);
    trial_->hand_on(Stage::render, "generated.h", "#define STATUS 0\n");
    equip();
  }
  void equip() {
    trial_->workshop.oci_registry = shared_->registry->address();
    trial_->workshop.marketplace_directory = trial_->folder + "/market";
  }
  StageOutcome work(Stage stage) {
    auto outcome = trial_->run(*procedure_of(stage), stage);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.value_or(StageOutcome{});
  }
  // Works all stages from `first` up to, not including, `end`.
  void pass(Stage first, Stage end) {
    for (const auto stage : all_stages) {
      if (stage < first || stage >= end) continue;
      const auto outcome = work(stage);
      ASSERT_FALSE(outcome.failure.has_value()) << to_string(stage) << ": " << outcome.failure->reason << "\n"
                                                << trial_->log;
    }
  }
  void expect_failure(FailureMode mode, const std::string& part) {
    pass(Stage::build, stage_of(mode));
    if (HasFatalFailure()) return;
    fail_at(mode, part);
  }
  void fail_at(FailureMode mode, const std::string& part) {
    const auto outcome = work(stage_of(mode));
    ASSERT_TRUE(outcome.failure.has_value());
    EXPECT_EQ(outcome.failure->mode, mode) << outcome.failure->reason;
    EXPECT_NE(outcome.failure->reason.find(part), std::string::npos) << outcome.failure->reason;
    EXPECT_TRUE(*trial_->store.contains(outcome.failure->evidence));
  }

  struct Shared {
    PosixProcessRunner runner;
    test::TemporaryFolder folder;
    std::unique_ptr<channels::RegistryProcess> registry;
  };
  static inline Shared* shared_ = nullptr;
  std::unique_ptr<Trial> trial_;
};

TEST_F(Production, BringsAProductFromSourceToVerified) {
  line(line_toml, greeter());
  const auto build = work(Stage::build);
  ASSERT_FALSE(build.failure.has_value()) << build.failure->reason;
  EXPECT_NE(build.fields["compilation"]["compiler_version"].get<std::string>().find("g++"),
            std::string::npos);
  EXPECT_EQ(build.fields["determinism"]["identical"], true);
  const auto test = work(Stage::test);
  ASSERT_FALSE(test.failure.has_value()) << test.failure->reason;
  EXPECT_EQ(test.fields["unit_tests"]["passed"], 1);
  EXPECT_EQ(test.fields["coverage"]["lines"], 90);
  const auto release = work(Stage::release);
  ASSERT_FALSE(release.failure.has_value()) << release.failure->reason;
  EXPECT_EQ(release.fields["artifacts"].size(), 2u);
  const auto before = trial_->job.manifest;
  const auto publish = work(Stage::publish);
  ASSERT_FALSE(publish.failure.has_value()) << publish.failure->reason;
  const auto verify = work(Stage::verify);
  ASSERT_FALSE(verify.failure.has_value()) << verify.failure->reason << "\n" << trial_->log;
  EXPECT_EQ(verify.fields["overall_status"], "verified");
  EXPECT_EQ(verify.fields["verification"]["container"],
            (nlohmann::json{{"passed", true}, {"image_pulled", true}, {"version_correct", true}}));
  EXPECT_EQ(verify.fields["verification"]["smoke_tests"]["tests_passed"], 1);
  EXPECT_NE(trial_->log.find("hello 1.2.0"), std::string::npos);

  // As after a crash between publication and receipt.
  trial_->job.manifest = before;
  const auto again = work(Stage::publish);
  ASSERT_FALSE(again.failure.has_value()) << again.failure->reason;
  for (const auto& one : again.fields["publications"]) {
    EXPECT_TRUE(one["channel"] == "hex.pm" || one["already_there"] == true) << one;
  }
}

TEST_F(Production, InstallsFromTheImageWhereThereIsNoMarketplace) {
  line(replaced(line_toml, "[publish.marketplace]\n", ""), greeter());
  pass(Stage::build, Stage::verify);
  const auto verify = work(Stage::verify);
  ASSERT_FALSE(verify.failure.has_value()) << verify.failure->reason << "\n" << trial_->log;
  EXPECT_EQ(verify.fields["verification"]["install"]["source"], "oci");
}

TEST_F(Production, StopsAtEveryWayABuildGoesWrong) {
  auto broken = greeter();
  broken["greeter.cpp"] += "int oops\n";
  line(line_toml, broken);
  fail_at(FailureMode::compilation_error, "error: ");

  line(replaced(line_toml, "\"make\", \"check-tools\"", "\"make\", \"no-such-tool\""), greeter());
  fail_at(FailureMode::missing_dependency, "no-such-tool");

  auto random = greeter();
  random["Makefile"] = "bin/greeter:\n\tmkdir -p bin; head -c 8 /dev/urandom > $@\ncheck-tools:\n";
  line(line_toml, random);
  fail_at(FailureMode::non_deterministic_build, "'bin/greeter' differs");

  auto slow = greeter();
  slow["Makefile"] = "bin/greeter:\n\tsleep 60\ncheck-tools:\n";
  line(replaced(line_toml, "timeout = \"60s\"", "timeout = \"500ms\""), slow);
  trial_->job.time_left = std::chrono::seconds(30);
  fail_at(FailureMode::build_timeout, "takes too long");
}

TEST_F(Production, StopsAtEveryWayATestGoesWrong) {
  const auto with_test = [this](const std::string& unit, const std::string& text = line_toml) {
    auto repository = greeter();
    repository["unit.sh"] = unit;
    repository["Makefile"] = "bin/greeter:\n\tmkdir -p bin; echo made > $@\ncheck-tools:\n";
    line(text, repository);
  };
  const std::string report =
      "echo '<testsuite name=\"G\"><testcase classname=\"G\" name=\"greets\">%</testcase></testsuite>' > "
      "unit.xml\n";
  const auto passing = replaced(report, "%", "");
  const auto failing = replaced(report, "%", "<failure message=\"no\"/>") + "exit 1\n";

  with_test(failing);
  expect_failure(FailureMode::test_failure, "'G.greets' failed");
  with_test(passing);
  trial_->job.standard_work = [this] {
    auto work = *trial_->job.standard_work;
    work.test.coverage->threshold_lines = 95;
    return std::make_shared<StandardWork>(work);
  }();
  expect_failure(FailureMode::coverage_drop, "below the threshold of 95");
  with_test("sleep 60\n", replaced(line_toml, "timeout = \"20s\"", "timeout = \"500ms\""));
  expect_failure(FailureMode::test_timeout, "takes too long");
  with_test("if [ -e seen ]; then " + passing + " exit 0\nfi\ntouch seen\n" + failing);
  expect_failure(FailureMode::flaky_test, "passed on run 2");
}

TEST_F(Production, StopsAtAReleaseThatIsIncomplete) {
  auto repository = greeter();
  repository["Makefile"] = "bin/greeter:\n\tmkdir -p bin; echo made > $@\ncheck-tools:\n";
  line(replaced(line_toml, "required = [\"bin/*\"]", "required = [\"erts-*/bin/erl\"]"), repository);
  pass(Stage::build, Stage::test);
  fail_at(FailureMode::missing_erts, "erts-*/bin/erl");
  line(replaced(line_toml, "required = [\"bin/*\"]", "commands = [[\"false\"]]"), repository);
  pass(Stage::build, Stage::test);
  fail_at(FailureMode::release_build_fails, "'false' ended with exit code 1");
}

TEST_F(Production, StopsAtARegistryThatIsTakenOrGone) {
  line(line_toml, greeter());
  pass(Stage::build, Stage::test);
  pass(Stage::release, Stage::verify);
  if (HasFatalFailure()) return;

  // The same version with other content.
  const auto repository = trial_->job.standard_work->publish.oci_repository;
  const auto other = replaced(line_toml, "hello\" }", "good day\" }");
  line(other, greeter());
  auto work = *trial_->job.standard_work;
  work.publish.oci_repository = repository;
  trial_->job.standard_work = std::make_shared<StandardWork>(work);
  pass(Stage::build, Stage::test);
  pass(Stage::release, Stage::publish);
  const auto released = trial_->job.manifest;
  fail_at(FailureMode::version_conflict, "increment the version");

  trial_->job.manifest = released;
  trial_->workshop.oci_registry = "127.0.0.1:1";
  fail_at(FailureMode::container_push_fails, "127.0.0.1:1");
}

TEST_F(Production, StopsAtAnImageThatDoesNotRunOrTellsAnotherVersion) {
  line(replaced(line_toml, "image_command = [\"/bin/greeter\"]", "image_command = [\"/bin/absent\"]"),
       greeter());
  pass(Stage::build, Stage::test);
  pass(Stage::release, Stage::verify);
  if (HasFatalFailure()) return;
  const auto published = trial_->job.manifest;
  fail_at(FailureMode::container_broken, "/bin/absent");

  trial_->job.manifest = published;
  auto work = *trial_->job.standard_work;
  work.verify.image_command = {"/bin/greeter"};
  trial_->job.standard_work = std::make_shared<StandardWork>(work);
  trial_->workshop.oci_registry = "127.0.0.1:1";
  fail_at(FailureMode::container_broken, "cannot be pulled");
}

TEST_F(Production, GivesTheCardBackWhenItIsStoppedOnTheWay) {
  auto slow = greeter();
  slow["Makefile"] = "bin/greeter:\n\tsleep 60\ncheck-tools:\n";
  line(line_toml, slow);
  std::stop_source stop;
  trial_->job.cancel = stop.get_token();
  trial_->workshop.log = [&stop](const std::string&, std::string_view text) {
    if (text.find("sleep 60") != std::string_view::npos) stop.request_stop();
  };
  const auto outcome = trial_->run(*make_build_procedure(), Stage::build);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace tcps
