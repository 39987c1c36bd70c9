#include "actors/engines/sandbox/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tcps {
namespace {

Error system_error(std::string_view what, int number) {
  return {number == ENOENT ? ErrorCode::not_found : ErrorCode::io,
          std::string(what) + ": " + std::strerror(number)};
}

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return fail(system_error("cannot make a pipe, raise the limit of open files", errno));
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool is_program(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

Result<std::string> find_program(const ProcessSpec& spec) {
  const auto& name = spec.argv.front();
  if (name.find('/') != std::string::npos) return name;
  auto entry = spec.environment.find("PATH");
  const auto path = entry == spec.environment.end() ? std::string("/usr/bin:/bin") : entry->second;
  for (size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find(':', begin), path.size());
    const auto candidate = path.substr(begin, end - begin) + "/" + name;
    if (end > begin && is_program(candidate)) return candidate;
    begin = end + 1;
  }
  return fail(ErrorCode::not_found,
              "program '" + name + "' is not in PATH " + path + ": install it or correct PATH");
}

// Standard input as a file in memory: the child reads it at its pace and the parent never blocks writing.
Result<FileDescriptor> input_file(const Bytes& bytes) {
  if (bytes.empty()) {
    FileDescriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null.open()) return fail(system_error("cannot open /dev/null", errno));
    return null;
  }
  FileDescriptor file(memfd_create("stdin", MFD_CLOEXEC));
  if (!file.open()) return fail(system_error("cannot make a file in memory for standard input", errno));
  for (size_t written = 0; written < bytes.size();) {
    const auto count = write(file.get(), bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno != EINTR) return fail(system_error("cannot write standard input", errno));
    if (count > 0) written += static_cast<size_t>(count);
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) return fail(system_error("cannot rewind standard input", errno));
  return file;
}

// glibc 2.36 declares pidfd_open for C only.
int open_pidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

struct Limit {
  int resource;
  rlim_t value;
};

// Everything the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct Launch {
  std::string program;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  const char* working_directory;
  std::vector<Limit> limits;
  int input, output, error_output, report;
  pid_t parent;
};

struct ExecFailure {
  char step;  // 'd' directory, 'l' limit, 'x' exec, 's' set-up
  int number;
};

[[noreturn]] void give_up(const Launch& launch, char step) {
  const ExecFailure failure{step, errno};
  [[maybe_unused]] auto ignored = write(launch.report, &failure, sizeof failure);
  _exit(127);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_in_child(const Launch& launch) {
  reset_signals();
  setsid();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(launch, 's');
  if (getppid() != launch.parent) _exit(127);  // the parent died before the signal was armed
  // The descriptors are numbered above 2 by the parent, so that no dup2 overwrites one still needed.
  if (dup2(launch.input, 0) < 0 || dup2(launch.output, 1) < 0 || dup2(launch.error_output, 2) < 0)
    give_up(launch, 's');
  if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) give_up(launch, 's');
  if (chdir(launch.working_directory) != 0) give_up(launch, 'd');
  for (const auto& limit : launch.limits) {
    const rlimit value{limit.value, limit.value};
    if (setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) != 0) give_up(launch, 'l');
  }
  execve(launch.program.c_str(), launch.argv.data(), launch.envp.data());
  give_up(launch, 'x');
}

std::vector<Limit> limits_of(const ProcessLimits& limits) {
  std::vector<Limit> all{{RLIMIT_CORE, 0}};
  const auto add = [&all](int resource, const std::optional<uint64_t>& value) {
    if (!value) return;
    rlimit now{};
    getrlimit(static_cast<__rlimit_resource>(resource), &now);
    all.push_back({resource, std::min<rlim_t>(*value, now.rlim_max)});
  };
  add(RLIMIT_AS, limits.address_space_bytes_max);
  add(RLIMIT_CPU, limits.cpu_seconds_max);
  add(RLIMIT_NPROC, limits.processes_max);
  add(RLIMIT_FSIZE, limits.file_bytes_max);
  add(RLIMIT_NOFILE, limits.open_files_max);
  return all;
}

Result<Launch> prepare(const ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return fail(ErrorCode::invalid, "a process needs a program: argv is empty");
  }
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::any_of(spec.argv.begin(), spec.argv.end(), has_nul)) {
    return fail(ErrorCode::invalid,
                "an argument of '" + spec.argv.front() + "' contains a NUL byte: remove it");
  }
  auto program = TCPS_TRY(find_program(spec));
  Launch launch;
  launch.program = std::move(program);
  for (const auto& [name, value] : spec.environment) launch.environment.push_back(name + "=" + value);
  for (const auto& argument : spec.argv) launch.argv.push_back(const_cast<char*>(argument.c_str()));
  for (auto& variable : launch.environment) launch.envp.push_back(variable.data());
  launch.argv.push_back(nullptr);
  launch.envp.push_back(nullptr);
  launch.working_directory = spec.working_directory.c_str();
  launch.limits = limits_of(spec.limits);
  launch.parent = getpid();
  return launch;
}

Error exec_error(const ProcessSpec& spec, const ExecFailure& failure) {
  switch (failure.step) {
    case 'd':
      return system_error("cannot enter the working directory '" + spec.working_directory + "'",
                          failure.number);
    case 'l':
      return system_error("cannot set the limits of '" + spec.argv.front() + "'", failure.number);
    case 'x':
      return system_error("cannot execute '" + spec.argv.front() + "'", failure.number);
    default:
      return system_error("cannot set up a process for '" + spec.argv.front() + "'", failure.number);
  }
}

// Moves descriptors that landed on 0-2 (the daemon may run with those closed) above them.
Status lift(FileDescriptor& descriptor) {
  if (descriptor.get() > 2) return {};
  FileDescriptor lifted(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3));
  if (!lifted.open()) return fail(system_error("cannot duplicate a descriptor", errno));
  descriptor = std::move(lifted);
  return {};
}

// Waits for exec: an empty report means that it happened.
Status confirm_exec(const ProcessSpec& spec, pid_t pid, const FileDescriptor& report) {
  ExecFailure failure{};
  ssize_t count;
  do {
    count = read(report.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return {};
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (count != sizeof failure)
    return fail(ErrorCode::io, "'" + spec.argv.front() + "' ended before it was executed");
  return fail(exec_error(spec, failure));
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::reset() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

Result<ChildProcess> start_child(const ProcessSpec& spec) {
  auto launch = TCPS_TRY(prepare(spec));
  auto input = TCPS_TRY(input_file(spec.standard_input));
  std::array<Pipe, 3> pipes;  // output, error output, report
  for (auto& pipe : pipes) {
    pipe = TCPS_TRY(make_pipe());
    TCPS_TRY(lift(pipe.write_end));
  }
  TCPS_TRY(lift(input));
  launch.input = input.get();
  launch.output = pipes[0].write_end.get();
  launch.error_output = spec.merge_output ? launch.output : pipes[1].write_end.get();
  launch.report = pipes[2].write_end.get();

  const pid_t pid = fork();
  if (pid < 0) return fail(system_error("cannot fork, raise the limit of processes", errno));
  if (pid == 0) run_in_child(launch);

  for (auto& pipe : pipes) pipe.write_end.reset();
  TCPS_TRY(confirm_exec(spec, pid, pipes[2].read_end));
  ChildProcess child{pid, FileDescriptor(open_pidfd(pid)), std::move(pipes[0].read_end), FileDescriptor()};
  if (!spec.merge_output) child.error_output = std::move(pipes[1].read_end);
  if (!child.exited.open()) {
    const int number = errno;
    kill(-pid, SIGKILL);
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return fail(system_error("cannot watch a process, Linux 5.9 is needed", number));
  }
  return child;
}

}  // namespace tcps
