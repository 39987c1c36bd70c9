#include "actors/stages/knowledge/engine_room.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "actors/stages/common/testing/trial.h"
#include "tests/support/smallest_line.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

const std::string line = test::smallest_line + "[sandbox]\nmemory_mib = 512\n";

class InTheEngineRoom : public testing::Test {
 protected:
  void SetUp() override {
    trial_.workshop.engine_program = "/opt/tcps/tcps-engine";
    trial_.job.stage = Stage::extract;
    trial_.job.workspace = trial_.folder;
    trial_.hand_on(Stage::generate, "ontology.nt", "<a:b> <a:c> <a:d> .\n");
    bench_ = *Workbench::open(trial_.job, trial_.workshop);
    room_.emplace(*bench_);
    ASSERT_TRUE(room_->open(true).has_value());
  }

  // What ask() makes of a run of the engine.
  Step<EngineAnswer> ask(ProcessResult result) {
    runner_.on("-- /tcps-engine", std::move(result), 1);
    runner_.on("-- true", exited(0));
    return room_->ask({{"op", "extract"}});
  }
  static StageFailure failure(const Halt& halt) {
    return std::get<StageFailure>(halt);  // throws when it is an error
  }
  std::string out() const { return bench_->folder("engine") + "/out/"; }

  ScriptedProcessRunner runner_;
  Trial trial_{line, {{"ontology/b.ttl", "b"}, {"ontology/a.ttl", "a"}, {"README.md", "r"}}, runner_};
  std::unique_ptr<Workbench> bench_;
  std::optional<EngineRoom> room_;
};

TEST_F(InTheEngineRoom, FindsFilesOfTheProductInOrder) {
  EXPECT_EQ(*room_->find({"ontology/*.ttl"}), (std::vector<std::string>{"ontology/a.ttl", "ontology/b.ttl"}));
  EXPECT_TRUE(room_->find({"shapes/*.ttl"})->empty());
  EXPECT_TRUE(room_->find({})->empty());
}

TEST_F(InTheEngineRoom, LaysWhatStagesBeforeMadeAndRefusesWhatTheyDidNot) {
  ASSERT_TRUE(room_->lay(Stage::generate, "ontology.nt").has_value());
  EXPECT_TRUE(std::filesystem::is_regular_file(bench_->folder("engine") + "/in/ontology.nt"));
  const auto absent = room_->lay(Stage::generate, "other.nt");
  ASSERT_FALSE(absent.has_value());
  EXPECT_NE(failure(absent.error()).reason.find("generate/other.nt"), std::string::npos);
}

TEST_F(InTheEngineRoom, StartsTheEngineInTheSandboxWithTheJobOnItsInput) {
  ASSERT_TRUE(ask(exited(0, R"({"ok":true,"fields":{"n":1},"outputs":["a.json"]})")).has_value());
  const auto call = runner_.calls().front();
  EXPECT_EQ(json::parse(call.standard_input), json::parse(R"({"op":"extract"})"));
  EXPECT_EQ(work_folder_of(call), bench_->folder("engine"));
  if (!engine_is_sanitized) {
    EXPECT_EQ(call.limits.address_space_bytes_max, 512u << 20);
  }
  const auto text = runner_.commands().front();
  EXPECT_NE(text.find("/opt/tcps/tcps-engine"), std::string::npos);
  EXPECT_NE(text.find("--unshare-all"), std::string::npos);
}

TEST_F(InTheEngineRoom, ReadsFieldsOutputsAndFindings) {
  const auto good = ask(exited(0, R"({"ok":true,"fields":{"n":1},"outputs":["a.json"]})"));
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->fields["n"], 1);
  EXPECT_EQ(good->outputs, std::vector<std::string>{"a.json"});
  EXPECT_FALSE(good->finding.has_value());
  const auto bad =
      ask(exited(0, R"({"ok":false,"mode":"F4.3","reason":"r","detail":["d"],"fields":{},"outputs":[]})"));
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(bad->finding, (Finding{FailureMode::invalid_json, "r", {"d"}}));
}

TEST_F(InTheEngineRoom, TakesNoModeThatTheStageDoesNotHave) {
  for (const auto* mode : {"", "F6.1", "F4.5", "F4", "4.1", "no mode"}) {
    const auto answer = ask(exited(0, json{{"ok", false},
                                           {"mode", mode},
                                           {"reason", "r"},
                                           {"detail", json::array()},
                                           {"fields", json::object()},
                                           {"outputs", json::array()}}
                                          .dump()));
    ASSERT_TRUE(answer.has_value()) << mode;
    EXPECT_EQ(answer->finding, (Finding{no_mode, "r", {}})) << mode;
  }
}

TEST_F(InTheEngineRoom, DoesNotBelieveAnAnswerThatIsNone) {
  for (const auto* text :
       {"", "no json", "[]", R"({"ok":true})", R"({"ok":"yes","fields":{},"outputs":[]})",
        R"({"ok":true,"fields":[],"outputs":[]})", R"({"ok":true,"fields":{},"outputs":[7]})",
        R"({"ok":true,"fields":{},"outputs":["../../etc/passwd"]})",
        R"({"ok":false,"fields":{},"outputs":[]})",
        R"({"ok":false,"mode":3,"reason":"r","detail":[],"fields":{},"outputs":[]})",
        R"({"ok":false,"mode":"F4.1","reason":[],"detail":[],"fields":{},"outputs":[]})"}) {
    const auto answer = ask(exited(0, text));
    ASSERT_FALSE(answer.has_value()) << text;
    EXPECT_EQ(failure(answer.error()).mode, no_mode) << text;
  }
}

TEST_F(InTheEngineRoom, TellsLatenessAndCrashesFromAnswers) {
  const auto late = ask(timed_out());
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(failure(late.error()).mode, FailureMode::query_timeout);
  ProcessResult crash;
  crash.signal = 11;
  const auto crashed = ask(crash);
  ASSERT_FALSE(crashed.has_value());
  EXPECT_EQ(failure(crashed.error()).mode, no_mode);
  EXPECT_NE(failure(crashed.error()).reason.find("signal 11"), std::string::npos);
}

TEST_F(InTheEngineRoom, BlamesTheNodeWhenItCannotRunTheEngine) {
  trial_.workshop.engine_program.clear();
  auto answer = room_->ask({{"op", "extract"}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(std::get<Error>(answer.error()).code, ErrorCode::unavailable);
  trial_.workshop.engine_program = "/opt/tcps/tcps-engine";
  runner_.on("-- /tcps-engine", exited(1, "", "bwrap: no namespaces"));
  runner_.on("-- true", exited(1, "", "bwrap: no namespaces"));
  answer = room_->ask({{"op", "extract"}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(std::holds_alternative<Error>(answer.error()));
}

TEST_F(InTheEngineRoom, KeepsFilesButFollowsNoLink) {
  std::ofstream(out() + "a.json") << "[]";
  ASSERT_TRUE(room_->keep("a.json").has_value());
  EXPECT_NE(bench_->manifest().find(Stage::extract, "a.json"), nullptr);
  std::filesystem::create_symlink("/etc/hostname", out() + "b.json");
  EXPECT_FALSE(room_->keep("b.json").has_value());
  std::filesystem::create_directory_symlink("/etc", out() + "etc");
  EXPECT_FALSE(room_->keep("etc/hostname").has_value());
  EXPECT_FALSE(room_->keep("absent.json").has_value());
}

TEST(BoundedList, KeepsWhatFitsIntoAReceipt) {
  auto entries = json::array();
  for (int i = 0; i < 1000; ++i) entries.push_back({{"output", std::string(100, 'x')}});
  const auto list = bounded_list(entries);
  EXPECT_LE(list.dump().size(), 25u << 10);
  EXPECT_GT(list.size(), 100u);
  EXPECT_EQ(bounded_list(json::array({1, 2})), json::array({1, 2}));
}

TEST(WithoutOntology, SaysThatEachGroupDoesNotApplyAndHandsTheManifestOn) {
  Job job;
  job.manifest = Digest::of("manifest");
  const auto outcome = without_ontology(job, {"ontology", "determinism"});
  EXPECT_EQ(outcome.manifest, job.manifest);
  EXPECT_FALSE(outcome.failure.has_value());
  EXPECT_EQ(outcome.fields["ontology"]["applicable"], false);
  EXPECT_EQ(outcome.fields["determinism"]["applicable"], false);
  EXPECT_TRUE(outcome.outputs.empty());
}

}  // namespace
}  // namespace tcps::stages
