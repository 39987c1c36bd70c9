// The command line in a home of its own, with no factory or with a stopped one. For tests of commands.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "actors/ledger/queries/testing/queried_line.h"
#include "nodes/tcps/commands.h"
#include "nodes/tcps/run/product_source.h"

namespace tcps::cli {

// The command line in a home of its own.
class CommandsTest : public testing::Test {
 protected:
  CommandsTest() {
    setenv("XDG_CONFIG_HOME", (home.path() + "/config").c_str(), 1);
    setenv("XDG_DATA_HOME", (home.path() + "/data").c_str(), 1);
    unsetenv("TCPS_DATA");
    unsetenv("TCPS_CONTEXT");
  }

  Exit run(std::vector<std::string> words) {
    CLI::App app;
    printed.str("");
    view::Output out(printed, false, false);
    Shell shell(app, out);
    add_all_commands(shell);
    std::reverse(words.begin(), words.end());
    try {
      app.parse(words);
    } catch (const CLI::ParseError& error) {
      std::ostringstream text;
      const int code = app.exit(error, text, text);
      printed << text.str();
      return code == 0 ? Exit::ok : Exit::usage;
    }
    testing::internal::CaptureStderr();
    const Exit exit = shell.run_chosen();
    errors = testing::internal::GetCapturedStderr();
    return exit;
  }
  nlohmann::json document() const { return nlohmann::json::parse(printed.str()); }

  ScratchFolder home = *ScratchFolder::make();
  std::ostringstream printed;
  std::string errors;
};

// A factory that made one release, failed at another, and was stopped.
class StoppedFactoryTest : public CommandsTest {
 protected:
  StoppedFactoryTest() {
    const std::string folder = home.path() + "/data/tcps/lines/transport";
    std::filesystem::create_directories(folder);
    ledger::StoreOptions options;
    options.data_folder = folder;
    ledger::QueriedLine line(*ledger::LedgerStore::open(options));
    done = line.accept("1");
    line.pass_until(done, Stage::verify);
    failed = line.accept("2");
    line.fail_at(failed, Stage::pull, "F1.1", "no such source");
    line.make_checkpoint(line.node);
  }
  std::string done, failed;
};

}  // namespace tcps::cli
