#include "bus/nats/nats_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

namespace tcps::bus {
namespace {

using namespace std::chrono_literals;

constexpr int version_major_min = 2;
constexpr int version_minor_min = 10;

// The first line that `binary --version` prints; empty when it cannot be run.
std::string version_line(const std::string& binary) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execlp(binary.c_str(), binary.c_str(), "--version", nullptr);
    _exit(127);
  }
  close(ends[1]);
  char text[256];
  const ssize_t size = pid > 0 ? read(ends[0], text, sizeof text) : 0;
  close(ends[0]);
  if (pid > 0) waitpid(pid, nullptr, 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

bool new_enough(const std::string& line) {
  int major = 0;
  int minor = 0;
  const auto at = line.find(" v");
  if (at == std::string::npos || std::sscanf(line.c_str() + at, " v%d.%d", &major, &minor) != 2) return false;
  return major > version_major_min || (major == version_major_min && minor >= version_minor_min);
}

}  // namespace

Result<std::string> find_nats_server(const std::string& binary, const std::vector<std::string>& candidates) {
  std::vector<std::string> places;
  const char* named = std::getenv("TCPS_NATS_SERVER");
  if (!binary.empty()) {
    places = {binary};  // who names one wants that one
  } else if (named && *named) {
    places = {named};
  } else {
    places = candidates;
    places.push_back("nats-server");
  }
  std::string tried;
  for (const auto& place : places) {
    const auto line = version_line(place);
    if (new_enough(line)) return place;
    tried += fmt::format("{}{} ({})", tried.empty() ? "" : ", ", place,
                         line.empty() ? "cannot be run" : "is " + line.substr(0, line.find('\n')));
  }
  return fail(ErrorCode::not_found, fmt::format("no nats-server of version {}.{} or newer found; tried {}. "
                                                "Let deploy fetch one, install one, or name it in "
                                                "TCPS_NATS_SERVER",
                                                version_major_min, version_minor_min, tried));
}

// The child process and the thread that made it and waits for its end.
class NatsServerProcess::Child {
 public:
  Child(const std::string& binary, const std::string& configuration, const std::string& log) {
    std::promise<pid_t> started;
    auto pid = started.get_future();
    thread_ = std::thread([this, binary, configuration, log, &started] {
      const pid_t child = spawn(binary, configuration, log);
      started.set_value(child);
      if (child > 0) await(child);
      std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    });
    pid_ = pid.get();
  }
  ~Child() {
    signal(SIGKILL);
    thread_.join();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) {
    std::lock_guard lock(mutex_);
    if (!ended_ && pid_ > 0) kill(-pid_, number);
  }
  bool wait_for_end(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return ended_; });
  }
  bool ended() {
    std::lock_guard lock(mutex_);
    return ended_;
  }
  pid_t pid() const { return pid_; }

 private:
  static pid_t spawn(const std::string& binary, const std::string& configuration, const std::string& log) {
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {  // only calls that are safe after a fork of a threaded process
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      dup2(output, STDOUT_FILENO);
      dup2(output, STDERR_FILENO);
      close_range(3, ~0u, 0);
      execlp(binary.c_str(), "nats-server", "-c", configuration.c_str(), nullptr);
      _exit(127);
    }
    if (child > 0) setpgid(child, child);  // whoever comes first: signals go to the group
    if (output >= 0) close(output);
    return child;
  }

  // The process is left a zombie until `ended_` is set, so that signal() never hits a reused pid.
  void await(pid_t child) {
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    std::lock_guard lock(mutex_);
    ended_ = true;
    waitpid(child, nullptr, 0);
  }

  pid_t pid_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

NatsServerProcess::NatsServerProcess(NatsServerOptions options) : options_(std::move(options)) {}

NatsServerProcess::~NatsServerProcess() { stop(); }

Result<std::unique_ptr<NatsServerProcess>> NatsServerProcess::start(NatsServerOptions options) {
  options.binary = TCPS_TRY(find_nats_server(options.binary, options.candidates));
  std::unique_ptr<NatsServerProcess> server(new NatsServerProcess(std::move(options)));
  TCPS_TRY(server->start_again());
  return server;
}

Status NatsServerProcess::start_again() {
  if (running()) return {};
  child_.reset();
  auto status = write_configuration();
  if (status) status = launch();
  return status ? wait_until_it_answers() : status;
}

Status NatsServerProcess::write_configuration() const {
  std::error_code error;
  std::filesystem::create_directories(options_.store_folder, error);
  const auto path = options_.store_folder + "/nats.conf";
  std::ofstream file(path, std::ios::trunc);
  const auto& folder = options_.store_folder;
  file << fmt::format(
      "server_name: \"{}\"\nhost: \"127.0.0.1\"\nport: {}\nmax_payload: {}\nports_file_dir: \"{}\"\n"
      "jetstream {{\n  store_dir: \"{}\"\n  max_file_store: {}\n  sync_interval: \"{}\"\n}}\n",
      options_.server_name, options_.port == 0 ? -1 : options_.port, options_.payload_bytes_max, folder,
      folder, options_.file_store_bytes_max, options_.sync_interval);
  file.close();
  if (error || !file) return fail(ErrorCode::io, "cannot write " + path + ": check space and permissions");
  return {};
}

Status NatsServerProcess::launch() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(options_.store_folder, ignored))
    if (entry.path().extension() == ".ports") std::filesystem::remove(entry.path(), ignored);
  child_ = std::make_unique<Child>(options_.binary, options_.store_folder + "/nats.conf",
                                   options_.store_folder + "/nats.log");
  if (child_->pid() <= 0)
    return fail(ErrorCode::io, "cannot start a process for " + options_.binary + ": check the process limit");
  return {};
}

// The server writes a file of its name and pid once it listens, JetStream being up by then. It tells the
// port, and unlike an answer on the port it cannot come from another server that holds it.
uint16_t NatsServerProcess::port_told() const {
  std::ifstream file(fmt::format("{}/nats-server_{}.ports", options_.store_folder, child_->pid()));
  const auto ports = nlohmann::json::parse(file, nullptr, false);
  const auto urls = ports.find("nats");
  if (urls == ports.end() || !urls->is_array() || urls->empty() || !urls->front().is_string()) return 0;
  const auto url = urls->front().get<std::string>();
  uint16_t port = 0;
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
  return port;
}

Status NatsServerProcess::wait_until_it_answers() {
  const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
  while (std::chrono::steady_clock::now() < deadline && !child_->wait_for_end(5ms)) {
    const uint16_t port = port_told();
    if (port == 0) continue;
    options_.port = port;
    return {};
  }
  const bool ended = child_->ended();
  end(SIGKILL);
  return fail(ErrorCode::unavailable,
              fmt::format("{} {} (port {}); see {}/nats.log", options_.binary,
                          ended ? "ended at once" : "does not answer", options_.port, options_.store_folder));
}

void NatsServerProcess::end(int signal) {
  if (!child_) return;
  child_->signal(signal);
  if (!child_->wait_for_end(options_.stop_grace)) child_->signal(SIGKILL);
  child_.reset();
}

void NatsServerProcess::stop() { end(SIGTERM); }
void NatsServerProcess::kill_hard() { end(SIGKILL); }

bool NatsServerProcess::running() const { return child_ && !child_->ended(); }
pid_t NatsServerProcess::pid() const { return running() ? child_->pid() : 0; }
uint16_t NatsServerProcess::port() const { return options_.port; }
std::string NatsServerProcess::url() const { return fmt::format("nats://127.0.0.1:{}", options_.port); }

}  // namespace tcps::bus
