// What tests of the front door share: tcps as a child process on a small product, its exit codes and what it
// prints.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/factory_process.h"
#include "tests/support/places.h"

namespace tcps::test {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
  json document() const { return json::parse(out, nullptr, false); }
  // tcps run --json prints a document per line.
  std::vector<json> lines() const {
    std::vector<json> documents;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);) documents.push_back(json::parse(line, nullptr, false));
    return documents;
  }
  // The value of the last line that has the key.
  json last(const std::string& key) const {
    json found;
    for (const auto& line : lines()) {
      if (line.contains(key)) found = line.at(key);
    }
    return found;
  }
};

inline std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// Processes that name the folder in their command line.
inline std::vector<pid_t> processes_of(const fs::path& folder) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (contents(entry.path() / "cmdline").find(folder.string()) != std::string::npos)
      found.push_back(std::stoi(name));
  }
  return found;
}

inline bool comes_true(const std::function<bool()>& condition, milliseconds limit) {
  auto until = steady_clock::now() + limit;
  while (!condition()) {
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return true;
}

constexpr const char* hello_line = R"([line]
name = "hello"
title = "Hello"

[demand.customers]
file = "demand.json"

[build]
commands = [["sh", "-c", "mkdir -p out && sed s/NAME/world/ src/hello.in > out/hello && chmod 755 out/hello"]]
outputs = ["out/hello"]
repeat = 2

[test.unit]
framework = "shell"
commands = [["sh", "-c", "test \"$(out/hello)\" = 'hello world'"]]

[[release.files]]
from = "out/hello"
to = "bin/hello"

[release.image]
entrypoint = ["/bin/hello"]

[publish.oci]

[publish.marketplace]

[[verify.smoke]]
name = "says hello"
command = ["sh", "-c", "test \"$(bin/hello)\" = 'hello world'"]
)";

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    write(repository() / "line.toml", hello_line);
    write(repository() / "src/hello.in", "#!/bin/sh\necho hello NAME\n");
    write(repository() / "demand.json",
          R"([{"signal_id": "req-1", "source": "customers", "type": "request"}])");
  }
  void TearDown() override {
    for (auto pid : processes_of(data())) kill(pid, SIGKILL);
  }

  fs::path repository() const { return fs::path(folder_.path()) / "repository"; }
  fs::path data() const { return fs::path(folder_.path()) / "factory"; }

  Outcome tcps(std::vector<std::string> arguments, seconds limit = seconds(60)) {
    auto name = fs::path(folder_.path()) / ("call-" + std::to_string(++calls_));
    std::vector<std::string> argv = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>'" + name.string() + ".err'"};
    argv.insert(argv.end(), wrapper_.begin(), wrapper_.end());
    argv.push_back(test::programs_folder() + "/bin/tcps");
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.insert(argv.end(), {"--data", data().string(), "--json"});
    const std::map<std::string, std::string> home = {{"HOME", folder_.path()},
                                                     {"XDG_CONFIG_HOME", folder_.path()}};
    auto child = Child::start(argv, home, name.string() + ".out");
    auto code = child->wait(limit);
    return {code.value_or(-1), contents(name.string() + ".out"), contents(name.string() + ".err")};
  }
  Outcome run(seconds limit = seconds(60)) { return tcps({"run", repository().string()}, limit); }

  json receipts(const std::vector<std::string>& filter = {}) {
    std::vector<std::string> arguments = {"receipt", "list"};
    arguments.insert(arguments.end(), filter.begin(), filter.end());
    auto listed = tcps(arguments).document();
    return listed.is_object() ? listed.value("receipts", json::array()) : json::array();
  }
  json show(const json& receipt) {
    return tcps({"receipt", "show", receipt.at("payload_digest")}).document();
  }

  TemporaryFolder folder_;
  std::vector<std::string> wrapper_;  // a program, with arguments, that runs each call
  int calls_ = 0;
};

}  // namespace tcps::test
