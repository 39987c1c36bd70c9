#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "actors/engines/sandbox/sandbox.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"

namespace tcps {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;

SandboxSpec spec_of_tmp() {
  SandboxSpec spec;
  spec.work_folder = "/tmp";
  return spec;
}

std::string joined(const std::vector<std::string>& line) {
  std::string text;
  for (const auto& argument : line) text += argument + " ";
  return text;
}

TEST(SandboxCommandLine, IsolatesEverythingWhoeverStartsIt) {
  for (const bool as_root : {false, true}) {
    const auto line = sandbox_command_line(spec_of_tmp(), {"make", "all"}, "/etc", as_root);
    ASSERT_TRUE(line.has_value());
    EXPECT_THAT(*line, IsSupersetOf({"--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
                                     "--nproc=514"}));
    EXPECT_THAT(*line, Not(Contains("--share-net")));
    EXPECT_TRUE(joined(*line).ends_with("-- make all "));
    EXPECT_EQ(line->front(), as_root ? "bwrap" : "unshare");
  }
}

TEST(SandboxCommandLine, DropsRootBeforeEnteringTheRoom) {
  const auto line = sandbox_command_line(spec_of_tmp(), {"true"}, "/etc", true);
  ASSERT_TRUE(line.has_value());
  const auto text = joined(*line);
  EXPECT_LT(text.find("setpriv --reuid=65534"), text.find("--unshare-all"));
  EXPECT_NE(text.find("--bind /tmp /mnt/"), std::string::npos);
}

TEST(SandboxCommandLine, FixesTimeZoneLocaleAndSourceDate) {
  auto spec = spec_of_tmp();
  spec.source_date_epoch = 1234;
  spec.environment = {{"CFLAGS", "-O2"}, {"HOME", "/work"}};
  const auto environment = sandbox_environment(spec);
  EXPECT_EQ(environment.at("SOURCE_DATE_EPOCH"), "1234");
  EXPECT_EQ(environment.at("TZ"), "UTC");
  EXPECT_EQ(environment.at("LC_ALL"), "C.UTF-8");
  EXPECT_EQ(environment.at("CFLAGS"), "-O2");
  EXPECT_EQ(environment.at("HOME"), "/work");
}

TEST(SandboxCommandLine, RefusesRelativePathsMissingFoldersAndEmptyCommands) {
  const auto code = [](const SandboxSpec& spec, const std::vector<std::string>& command) {
    return sandbox_command_line(spec, command, "/etc", false).error().code;
  };
  EXPECT_EQ(code(spec_of_tmp(), {}), ErrorCode::invalid);
  auto relative = spec_of_tmp();
  relative.work_folder = "tmp";
  EXPECT_EQ(code(relative, {"true"}), ErrorCode::invalid);
  auto bind = spec_of_tmp();
  bind.read_only = {{"data", "/data"}};
  EXPECT_EQ(code(bind, {"true"}), ErrorCode::invalid);
  auto missing = spec_of_tmp();
  missing.work_folder = "/no/such/folder";
  EXPECT_EQ(code(missing, {"true"}), ErrorCode::not_found);
}

TEST(Sandbox, SaysWhatToDoWhenNoRoomCanBeMade) {
  ScriptedProcessRunner runner;
  runner.on("bwrap", exited(1, "", "No permissions to create new namespace"));
  auto sandbox = Sandbox::create(runner);
  ASSERT_TRUE(sandbox.has_value());
  const auto status = sandbox->available();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::unavailable);
  EXPECT_NE(status.error().message.find("install the packages bubblewrap"), std::string::npos);
}

}  // namespace
}  // namespace tcps
