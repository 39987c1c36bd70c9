#include "nodes/tcps/run/factory_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "messages/files.h"
#include "messages/ids.h"
#include "nodes/toml/toml_file.h"

namespace tcps::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view made_here = "# Made by tcps: edit it only after removing this line.";
constexpr auto stop_grace = 15s;
constexpr auto ready_poll = 25ms;
constexpr size_t log_tail_bytes = 4'096;
constexpr size_t config_bytes_max = 1u << 20;

Result<std::vector<std::string>> lines_named_in(const std::string& text, const std::string& path) {
  std::vector<std::string> lines;
  try {
    const toml::table root = toml::parse(text, path);
    if (const auto* list = root["line"].as_array()) {
      for (const auto& element : *list) {
        if (const auto* table = element.as_table()) lines.push_back((*table)["name"].value_or(std::string()));
      }
    }
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid,
                fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  return lines;
}

// Only what is safe between fork and exec.
[[noreturn]] void become_factory(const char* program, char* const argv[], int log, pid_t parent,
                                 bool outlives) {
  setsid();
  if (!outlives) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(log, 1);
  dup2(log, 2);
  execv(program, argv);
  _exit(127);
}

}  // namespace

std::string factory_config_text(const std::string& data_folder, const std::vector<std::string>& lines) {
  std::string text =
      fmt::format("{}\n[node]\nid = \"node-1\"\ndata = {}\n", made_here, toml_keys::toml_text(data_folder));
  for (const std::string& line : lines)
    text += fmt::format("\n[[line]]\nname = \"{}\"\nfound = true\n", line);
  return text;
}

Result<std::string> write_factory_config(const std::string& data_folder, const std::string& line) {
  std::error_code error;
  fs::create_directories(data_folder, error);
  if (error)
    return fail(ErrorCode::io, fmt::format("data folder {} cannot be made: {}; name another with --data",
                                           data_folder, error.message()));
  const std::string path = data_folder + "/tcpsd.toml";
  std::vector<std::string> lines;
  if (fs::exists(path)) {
    auto text = TCPS_TRY(read_file(path, config_bytes_max));
    lines = TCPS_TRY(lines_named_in(text, path));
    const bool has_line = std::find(lines.begin(), lines.end(), line) != lines.end();
    if (has_line || (line.empty() && !lines.empty())) return path;
    if (!text.starts_with(made_here))
      return fail(
          ErrorCode::conflict,
          fmt::format("{} does not name line {}; add it there, or name another data folder", path, line));
  }
  if (line.empty())
    return fail(ErrorCode::invalid,
                "the factory has no line yet; name one with --line, or begin with tcps run PATH");
  lines.push_back(line);
  TCPS_TRY(replace_file(path, factory_config_text(data_folder, lines)));
  return path;
}

Result<std::string> find_tcpsd() {
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path program = here / "tcpsd";
  if (!error && access(program.c_str(), X_OK) == 0) return program.string();
  return fail(ErrorCode::unavailable,
              fmt::format("there is no tcpsd beside tcps in {}; build or install it there", here.string()));
}

Result<std::unique_ptr<FactoryProcess>> FactoryProcess::start(const std::string& data_folder,
                                                              const std::string& config, bool outlives) {
  auto program = TCPS_TRY(find_tcpsd());
  const std::string log_path = data_folder + "/tcpsd.log";
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return fail(ErrorCode::io, fmt::format("{}: {}", log_path, std::strerror(errno)));
  std::vector<std::string> words = {program, "--config", config};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become_factory(program.c_str(), argv.data(), log, parent, outlives);
  const int error = errno;
  close(log);
  if (pid < 0) return fail(ErrorCode::io, fmt::format("tcpsd cannot be started: {}", std::strerror(error)));
  return std::unique_ptr<FactoryProcess>(new FactoryProcess(data_folder, pid, outlives));
}

FactoryProcess::~FactoryProcess() {
  if (!outlives_) stop();
}

bool FactoryProcess::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  pid_ = 0;
  return false;
}

Result<client::RunningFactory> FactoryProcess::wait_ready(std::chrono::milliseconds timeout,
                                                          const std::function<bool()>& interrupted) {
  const auto deadline = Clock::now() + timeout;
  const pid_t pid = pid_;
  while (Clock::now() < deadline && !interrupted()) {
    if (!running())
      return fail(ErrorCode::unavailable,
                  "the factory ended while it started; the end of its log:\n" + log_tail());
    auto factory =
        client::running_factory(data_folder_, [pid](int64_t announced) { return announced == pid; });
    if (factory && factory->ready) return std::move(*factory);
    std::this_thread::sleep_for(ready_poll);
  }
  if (interrupted()) return fail(ErrorCode::unavailable, "interrupted while the factory started");
  return fail(ErrorCode::unavailable, "the factory is not ready in time; the end of its log:\n" + log_tail());
}

void FactoryProcess::stop() {
  if (!running()) return;
  kill(pid_, SIGTERM);
  const auto deadline = Clock::now() + stop_grace;
  while (running() && Clock::now() < deadline) std::this_thread::sleep_for(10ms);
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);  // it leads its own group
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::string FactoryProcess::log_tail() const {
  std::ifstream file(data_folder_ + "/tcpsd.log", std::ios::binary | std::ios::ate);
  if (!file) return "(no log)";
  const auto size = static_cast<size_t>(file.tellg());
  const size_t from = size > log_tail_bytes ? size - log_tail_bytes : 0;
  std::string text(size - from, '\0');
  file.seekg(static_cast<std::streamoff>(from));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

}  // namespace tcps::cli
