#include "nodes/tcps/commands.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "messages/files.h"
#include "nodes/tcps/completion.h"
#include "nodes/tcps/run/factory_process.h"
#include "nodes/tcps/testing/commands_fixture.h"
#include "tests/support/places.h"

namespace tcps::cli {
namespace {

TEST_F(CommandsTest, AllHaveHelpAndJsonAndNameTheExitCodes) {
  CLI::App app;
  view::Output out(printed, false, false);
  Shell shell(app, out);
  add_all_commands(shell);
  size_t commands = 0;
  for (const auto& [path, words] : words_by_command(app)) {
    EXPECT_NE(std::find(words.begin(), words.end(), "--help"), words.end()) << path;
    const bool is_group =
        std::any_of(words.begin(), words.end(), [](const std::string& word) { return word[0] != '-'; });
    if (is_group) continue;
    ++commands;
    EXPECT_NE(std::find(words.begin(), words.end(), "--json"), words.end()) << path;
    std::vector<std::string> call;
    std::istringstream stream(path);
    for (std::string word; stream >> word;) call.push_back(word);
    call.push_back("--help");
    EXPECT_EQ(run(call), Exit::ok) << path;
    EXPECT_NE(printed.str().find("Exit codes:"), std::string::npos) << path;
  }
  EXPECT_GE(commands, 34u);
}

TEST_F(CommandsTest, PrintTheVersion) {
  EXPECT_EQ(run({"version"}), Exit::ok);
  EXPECT_EQ(printed.str(), "tcps " TCPS_VERSION "\n");
  EXPECT_EQ(run({"version", "--json"}), Exit::ok);
  EXPECT_EQ(document()["version"], TCPS_VERSION);
}

TEST_F(CommandsTest, EndWithUsageWhenTheCommandLineIsWrong) {
  EXPECT_EQ(run({"nonsense"}), Exit::usage);
  EXPECT_EQ(run({"work-order", "list", "--status", "lost"}), Exit::usage);
  EXPECT_EQ(run({"work-order", "hold", "wo-1"}), Exit::usage);  // without a reason
  EXPECT_EQ(run({"completion", "tcsh"}), Exit::usage);
}

TEST_F(CommandsTest, SayHowToStartAFactoryWhenThereIsNone) {
  EXPECT_EQ(run({"work-order", "list"}), Exit::unreachable);
  EXPECT_EQ(errors.find("tcps work-order list: "), 0u);
  EXPECT_NE(errors.find("tcps run PATH"), std::string::npos);
  EXPECT_EQ(printed.str(), "");
  EXPECT_EQ(run({"wip", "--json"}), Exit::unreachable);
  EXPECT_EQ(document()["error"]["code"], "unavailable");
}

TEST_F(CommandsTest, KeepContexts) {
  EXPECT_EQ(run({"context", "use", "lab"}), Exit::not_found);
  EXPECT_EQ(run({"context", "add", "lab"}), Exit::usage);
  EXPECT_EQ(run({"context", "add", "lab", "--data", home.path() + "/lab"}), Exit::ok);
  EXPECT_EQ(run({"context", "add", "far", "--bus", "nats://far:4222", "--line", "transport"}), Exit::ok);
  EXPECT_EQ(run({"context", "use", "far"}), Exit::ok);
  EXPECT_EQ(run({"context", "list", "--json"}), Exit::ok);
  const auto contexts = document()["contexts"];
  ASSERT_EQ(contexts.size(), 2u);
  EXPECT_EQ(contexts[0]["name"], "far");
  EXPECT_EQ(contexts[0]["current"], true);
  EXPECT_EQ(contexts[1]["state"], "stopped");
}

TEST_F(CommandsTest, KeepTheFolderOfAContextForUseFromAnywhere) {
  EXPECT_EQ(run({"context", "add", "here", "--data", "some/../lab"}), Exit::ok);
  EXPECT_EQ(run({"context", "list", "--json"}), Exit::ok);
  EXPECT_EQ(document()["contexts"][0]["data"], (std::filesystem::current_path() / "lab").string());
}

TEST_F(CommandsTest, WriteAFirstLineTomlAndCheckIt) {
  const std::string folder = home.path() + "/hello";
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/Makefile") << "all:\n";
  EXPECT_EQ(run({"line", "check", folder}), Exit::not_found);
  EXPECT_NE(errors.find("tcps line init"), std::string::npos);
  EXPECT_EQ(run({"line", "init", folder, "--json"}), Exit::ok);
  EXPECT_EQ(document()["build_system"], "make");
  EXPECT_EQ(run({"line", "init", folder}), Exit::refused);  // there is one now
  EXPECT_EQ(run({"line", "check", folder}), Exit::ok) << printed.str();
  std::ofstream(folder + "/line.toml", std::ios::app) << "\n[nonsense]\nkey = 1\n";
  EXPECT_EQ(run({"line", "check", folder, "--json"}), Exit::usage);
  EXPECT_FALSE(document()["problems"].empty());
}

TEST_F(CommandsTest, ShowTheDemandThatARepositoryRecords) {
  EXPECT_EQ(run({"demand", "collect", test::source_folder() + "/config/lines/transport", "--json"}),
            Exit::ok);
  EXPECT_GE(document()["signals"].size(), 3u);
}

TEST_F(CommandsTest, CompleteThemselvesInThreeShells) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(run({"completion", shell}), Exit::ok);
    for (const char* word : {"work-order", "verify-chain", "--json"})
      EXPECT_NE(printed.str().find(word), std::string::npos) << shell << word;
  }
}

TEST_F(StoppedFactoryTest, AnswersQuestionsFromItsDataFolder) {
  EXPECT_EQ(run({"work-order", "list", "--all", "--json"}), Exit::ok) << errors;
  EXPECT_EQ(document()["work_orders"].size(), 2u);
  EXPECT_EQ(run({"work-order", "show", failed}), Exit::ok);
  EXPECT_NE(printed.str().find("no such source"), std::string::npos);
  EXPECT_EQ(run({"work-order", "show", "wo-unknown"}), Exit::not_found);
  EXPECT_EQ(run({"status"}), Exit::ok);
  EXPECT_NE(printed.str().find("transport (stopped)"), std::string::npos);
  for (const std::vector<std::string>& words :
       std::initializer_list<std::vector<std::string>>{{"wip"},
                                                       {"andon", "list"},
                                                       {"node", "list"},
                                                       {"receipt", "list"},
                                                       {"ledger", "entries"},
                                                       {"ledger", "checkpoint"},
                                                       {"ledger", "entries", "--refused"},
                                                       {"demand", "list"},
                                                       {"receipt", "show", done, "--stage", "build"}}) {
    EXPECT_EQ(run(words), Exit::ok) << words[0] << ": " << errors;
    EXPECT_FALSE(printed.str().empty()) << words[0];
  }
}

TEST_F(StoppedFactoryTest, VerifiesItsChains) {
  EXPECT_EQ(run({"receipt", "verify-chain"}), Exit::ok) << errors;
  EXPECT_NE(printed.str().find("Chain verification: PASS\n"), std::string::npos) << printed.str();
  EXPECT_EQ(run({"receipt", "verify-chain", done, "--json"}), Exit::ok);
  EXPECT_EQ(document()["stages"].size(), 10u);
  EXPECT_EQ(run({"receipt", "verify-chain", "wo-unknown"}), Exit::failed);
  EXPECT_EQ(run({"receipt", "verify", done, "--stage", "build"}), Exit::ok);
  EXPECT_NE(printed.str().find("PASS"), std::string::npos);
}

TEST_F(StoppedFactoryTest, SaysHowToStartItWhenSomethingIsToChange) {
  for (const std::vector<std::string>& words : std::initializer_list<std::vector<std::string>>{
           {"work-order", "resume", failed},
           {"wip", "--set", "5"},
           {"andon", "trigger", "--reason", "smoke"},
           {"demand", "publish", "--source", "github", "--id", "3"}}) {
    EXPECT_EQ(run(words), Exit::unreachable) << words[0];
    EXPECT_NE(errors.find("tcps up --data"), std::string::npos) << errors;
  }
}

TEST(FactoryConfig, IsMadeForALineAndGrowsByFurtherOnes) {
  auto scratch = *ScratchFolder::make();
  const std::string data = scratch.path() + "/data";
  EXPECT_EQ(write_factory_config(data, "").error().code, ErrorCode::invalid);
  const auto path = write_factory_config(data, "a");
  ASSERT_TRUE(path.has_value()) << path.error().message;
  EXPECT_EQ(*read_file(*path, 10'000), factory_config_text(data, {"a"}));
  ASSERT_TRUE(write_factory_config(data, "b").has_value());
  ASSERT_TRUE(write_factory_config(data, "a").has_value());
  EXPECT_EQ(*read_file(*path, 10'000), factory_config_text(data, {"a", "b"}));
  EXPECT_TRUE(write_factory_config(data, "").has_value());
}

TEST(FactoryConfig, LeavesAPersonsFileAlone) {
  auto scratch = *ScratchFolder::make();
  const std::string text = "[node]\nid = \"n\"\ndata = \"d\"\n[[line]]\nname = \"mine\"\n";
  std::ofstream(scratch.path() + "/tcpsd.toml") << text;
  EXPECT_TRUE(write_factory_config(scratch.path(), "mine").has_value());
  EXPECT_EQ(write_factory_config(scratch.path(), "other").error().code, ErrorCode::conflict);
  EXPECT_EQ(*read_file(scratch.path() + "/tcpsd.toml", 10'000), text);
}

}  // namespace
}  // namespace tcps::cli
