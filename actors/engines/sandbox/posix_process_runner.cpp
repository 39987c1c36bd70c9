#include "actors/engines/sandbox/posix_process_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "actors/engines/sandbox/child_process.h"

namespace tcps {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t line_bytes_max = 8192;
// How long the pipes of a group that was killed are still read; only a descendant that left the group can
// hold them open.
constexpr milliseconds drain_time_max{500};

// The last `bytes_max` bytes of a stream, and its lines as they come.
class StreamTail {
 public:
  StreamTail(size_t bytes_max, const std::function<void(std::string_view)>& on_line)
      : bytes_max_(bytes_max), on_line_(on_line) {}

  void append(std::string_view bytes) {
    kept_.append(bytes);
    if (kept_.size() > 2 * bytes_max_ + bytes.size()) trim();
    if (on_line_) split(bytes);
  }

  Bytes finish() {
    if (on_line_ && !line_.empty()) on_line_(line_);
    trim();
    return std::move(kept_);
  }
  bool truncated() const { return truncated_; }

 private:
  void trim() {
    if (kept_.size() <= bytes_max_) return;
    kept_.erase(0, kept_.size() - bytes_max_);
    truncated_ = true;
  }

  void split(std::string_view bytes) {
    for (char byte : bytes) {
      if (byte != '\n') line_.push_back(byte);
      if (byte == '\n' || line_.size() == line_bytes_max) {
        on_line_(line_);
        line_.clear();
      }
    }
  }

  size_t bytes_max_;
  const std::function<void(std::string_view)>& on_line_;
  Bytes kept_;
  std::string line_;
  bool truncated_ = false;
};

// Follows one child from start to end. Not thread-safe; lives on the stack of run().
class Watch {
 public:
  Watch(const ProcessSpec& spec, ChildProcess child, SteadyClock::time_point started)
      : spec_(spec),
        child_(std::move(child)),
        started_(started),
        output_(spec.output_bytes_max, spec.on_line),
        error_output_(spec.output_bytes_max, spec.on_line) {
    fcntl(child_.output.get(), F_SETFL, O_NONBLOCK);
    if (child_.error_output.open()) fcntl(child_.error_output.get(), F_SETFL, O_NONBLOCK);
    if (spec.deadline.count() > 0) end_by_ = started + spec.deadline;
  }

  Result<ProcessResult> follow(int cancel_fd) {
    while (!step(cancel_fd)) {
    }
    kill(-child_.pid, SIGKILL);  // what the leader left behind; its own pid is not reaped yet, so the group
                                 // id is still ours
    auto reaped = reap();
    drain();
    result_.output = output_.finish();
    result_.error_output = error_output_.finish();
    result_.output_truncated = output_.truncated();
    result_.error_output_truncated = error_output_.truncated();
    result_.wall_ms = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - started_).count();
    if (!reaped) return fail(reaped.error());
    return std::move(result_);
  }

 private:
  // True when the child has ended.
  bool step(int cancel_fd) {
    std::array<pollfd, 4> fds{pollfd{child_.exited.get(), POLLIN, 0}, pollfd{child_.output.get(), POLLIN, 0},
                              pollfd{child_.error_output.get(), POLLIN, 0},
                              pollfd{result_.cancelled ? -1 : cancel_fd, POLLIN, 0}};
    if (poll(fds.data(), fds.size(), poll_timeout()) < 0 && errno != EINTR) {
      kill(-child_.pid, SIGKILL);
      return true;
    }
    if (fds[1].revents != 0) pump(child_.output, output_);
    if (fds[2].revents != 0) pump(child_.error_output, error_output_);
    if (fds[0].revents != 0) return true;
    if (fds[3].revents != 0 || (spec_.cancel.stop_requested() && !result_.cancelled)) {
      result_.cancelled = true;
      terminate();
    }
    const auto now = SteadyClock::now();
    if (end_by_ && now >= *end_by_) {
      end_by_.reset();
      result_.timed_out = !result_.cancelled;
      terminate();
    }
    if (kill_at_ && now >= *kill_at_) {
      kill_at_.reset();
      kill(-child_.pid, SIGKILL);
    }
    return false;
  }

  int poll_timeout() const {
    auto next = SteadyClock::time_point::max();
    if (end_by_) next = std::min(next, *end_by_);
    if (kill_at_) next = std::min(next, *kill_at_);
    if (next == SteadyClock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<milliseconds>(next - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
  }

  void terminate() {
    if (kill_at_) return;
    kill(-child_.pid, SIGTERM);
    kill_at_ = SteadyClock::now() + spec_.kill_grace;
    end_by_.reset();
  }

  // One bounded read, so that a chatty child cannot starve the deadline.
  static void pump(FileDescriptor& descriptor, StreamTail& tail) {
    std::array<char, 65536> buffer;
    const auto count = read(descriptor.get(), buffer.data(), buffer.size());
    if (count > 0) return tail.append({buffer.data(), static_cast<size_t>(count)});
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    descriptor.reset();
  }

  // Reads what is still in the pipes until all writers are gone or time is up.
  void drain() {
    const auto until = SteadyClock::now() + drain_time_max;
    while ((child_.output.open() || child_.error_output.open()) && SteadyClock::now() < until) {
      std::array<pollfd, 2> fds{pollfd{child_.output.get(), POLLIN, 0},
                                pollfd{child_.error_output.get(), POLLIN, 0}};
      poll(fds.data(), fds.size(), 20);
      if (fds[0].revents != 0) pump(child_.output, output_);
      if (fds[1].revents != 0) pump(child_.error_output, error_output_);
    }
  }

  Status reap() {
    int status = 0;
    rusage usage{};
    pid_t reaped;
    do {
      reaped = wait4(child_.pid, &status, 0, &usage);
    } while (reaped < 0 && errno == EINTR);
    if (reaped < 0) {
      return fail(ErrorCode::io, std::string("cannot wait for a process, SIGCHLD must not be ignored: ") +
                                     std::strerror(errno));
    }
    if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
    result_.cpu_ms = ms(usage.ru_utime) + ms(usage.ru_stime);
    result_.resident_bytes_max = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
    return {};
  }

  const ProcessSpec& spec_;
  ChildProcess child_;
  SteadyClock::time_point started_;
  StreamTail output_;
  StreamTail error_output_;
  std::optional<SteadyClock::time_point> end_by_;
  std::optional<SteadyClock::time_point> kill_at_;
  ProcessResult result_;
};

}  // namespace

Result<ProcessResult> PosixProcessRunner::run(const ProcessSpec& spec) {
  const auto started = SteadyClock::now();
  if (spec.cancel.stop_requested()) {
    ProcessResult result;
    result.cancelled = true;
    return result;
  }
  const FileDescriptor cancel_event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancel_event.open())
    return fail(ErrorCode::io, "cannot make an event descriptor, raise the limit of open files");
  std::stop_callback wake(spec.cancel, [fd = cancel_event.get()] { eventfd_write(fd, 1); });
  auto child = TCPS_TRY(start_child(spec));
  return Watch(spec, std::move(child), started).follow(cancel_event.get());
}

}  // namespace tcps
