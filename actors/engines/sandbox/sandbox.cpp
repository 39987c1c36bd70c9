#include "actors/engines/sandbox/sandbox.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "actors/engines/sandbox/hand_over.h"

namespace tcps {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

// Fits the programs of the launch chain that count as processes of the room: two of bubblewrap.
constexpr uint64_t launch_processes = 2;
constexpr uint64_t processes_default = 512;

void append(Arguments& to, std::initializer_list<std::string> arguments) { to.insert(to.end(), arguments); }

// Sources of binds. When root starts the room, the user it runs as may be unable to reach a source (a clone
// below /root), so an outer mount namespace shows each source under a reachable name first.
class Sources {
 public:
  explicit Sources(bool as_root) : as_root_(as_root) {}

  std::string reach(const std::string& source, bool writable) {
    if (!as_root_) return source;
    const auto name = std::string("/mnt/").append(std::to_string(next_++));
    append(outer_, {writable ? "--bind" : "--ro-bind", source, name});
    return name;
  }
  const Arguments& outer() const { return outer_; }

 private:
  bool as_root_;
  int next_ = 0;
  Arguments outer_;
};

// One top-level entry of the tree that becomes "/": a symbolic link is repeated, a folder or file is bound
// read-only.
void add_root_entry(Arguments& arguments, Sources& sources, const fs::path& entry) {
  std::error_code error;
  const auto target = std::string("/").append(entry.filename().string());
  const auto status = fs::symlink_status(entry, error);
  if (fs::is_symlink(status)) {
    append(arguments, {"--symlink", fs::read_symlink(entry, error).string(), target});
  } else if (fs::is_directory(status) || fs::is_regular_file(status)) {
    append(arguments, {"--ro-bind", sources.reach(entry.string(), false), target});
  }
}

void add_host_system(Arguments& arguments, Sources& sources, const std::string& etc_folder) {
  for (const auto* name : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    add_root_entry(arguments, sources, name);
  }
  for (const auto* name : {"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"}) {
    append(arguments, {"--ro-bind-try", name, name});
  }
  for (const auto* name : {"passwd", "group", "hosts", "nsswitch.conf"}) {
    append(arguments,
           {"--ro-bind", sources.reach(etc_folder + "/" + name, false), std::string("/etc/") + name});
  }
}

Status add_image_system(Arguments& arguments, Sources& sources, const std::string& root_folder) {
  constexpr size_t entries_max = 256;
  std::vector<fs::path> entries;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_folder, error)) {
    if (entries.size() == entries_max) {
      return fail(ErrorCode::invalid,
                  "image '" + root_folder + "' has more than 256 top-level entries: it is no root folder");
    }
    entries.push_back(entry.path());
  }
  if (error)
    return fail(ErrorCode::not_found,
                "cannot read the image folder '" + root_folder + "': " + error.message());
  for (const auto& entry : entries) {
    const auto name = entry.filename().string();
    if (name != "proc" && name != "dev" && name != "tmp" && name != "work" && name != "sys") {
      add_root_entry(arguments, sources, entry);
    }
  }
  return {};
}

Status check(const SandboxSpec& spec, const Arguments& command) {
  if (command.empty() || command.front().empty())
    return fail(ErrorCode::invalid, "a sandbox needs a command: it is empty");
  std::vector<std::string> absolute{spec.work_folder, spec.working_directory};
  if (!spec.root_folder.empty()) absolute.push_back(spec.root_folder);
  for (const auto& bind : spec.read_only) {
    absolute.push_back(bind.source);
    absolute.push_back(bind.target);
  }
  for (const auto& path : absolute) {
    if (path.empty() || path.front() != '/') {
      return fail(ErrorCode::invalid, "sandbox path '" + path + "' must be absolute");
    }
  }
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(spec.work_folder, error))) {
    return fail(ErrorCode::not_found,
                "work folder '" + spec.work_folder + "' is not a folder: create it first");
  }
  return {};
}

// What bubblewrap is told about the inside.
Result<Arguments> room_arguments(const SandboxSpec& spec, const std::string& etc_folder, Sources& sources) {
  const auto id = std::to_string(room_user_id);
  const auto tmp_size = std::to_string(spec.tmp_bytes_max);
  Arguments arguments{"bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"};
  append(arguments, {"--uid", id, "--gid", id, "--hostname", spec.hostname});
  if (spec.root_folder.empty()) {
    add_host_system(arguments, sources, etc_folder);
  } else if (auto added = add_image_system(arguments, sources, spec.root_folder); !added) {
    return fail(added.error());
  }
  append(arguments, {"--proc", "/proc", "--dev", "/dev"});
  append(arguments, {"--size", tmp_size, "--perms", "1777", "--tmpfs", "/tmp"});
  append(arguments, {"--size", tmp_size, "--perms", "1777", "--tmpfs", "/dev/shm"});
  append(arguments, {"--bind", sources.reach(spec.work_folder, true), "/work"});
  for (const auto& bind : spec.read_only) {
    append(arguments, {"--ro-bind", sources.reach(bind.source, false), bind.target});
  }
  append(arguments, {"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", spec.working_directory});
  for (const auto& [name, value] : sandbox_environment(spec)) append(arguments, {"--setenv", name, value});
  arguments.push_back("--");
  return arguments;
}

}  // namespace

std::map<std::string, std::string> sandbox_environment(const SandboxSpec& spec) {
  auto environment = minimal_environment();
  environment["HOME"] = "/tmp";
  environment["SOURCE_DATE_EPOCH"] = std::to_string(spec.source_date_epoch);
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  return environment;
}

Result<Arguments> sandbox_command_line(const SandboxSpec& spec, const Arguments& command,
                                       const std::string& etc_folder, bool as_root) {
  TCPS_TRY(check(spec, command));
  Sources sources(as_root);
  auto room = TCPS_TRY(room_arguments(spec, etc_folder, sources));

  Arguments line;
  const auto id = std::to_string(room_user_id);
  if (as_root) {
    append(line, {"bwrap", "--dev-bind", "/", "/", "--tmpfs", "/mnt"});
    line.insert(line.end(), sources.outer().begin(), sources.outer().end());
    append(line, {"--die-with-parent", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add",
                  "CAP_SETPCAP", "--"});
    append(line, {"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--inh-caps=-all",
                  "--bounding-set=-all", "--"});
  }
  // A user namespace of its own makes the kernel count this room's processes apart from all others of the
  // same user.
  const auto processes = spec.limits.processes_max.value_or(processes_default) + launch_processes;
  append(line, {"unshare", "--user", "--map-current-user", "--", "prlimit",
                "--nproc=" + std::to_string(processes), "--"});
  line.insert(line.end(), room.begin(), room.end());
  line.insert(line.end(), command.begin(), command.end());
  return line;
}

Result<Sandbox> Sandbox::create(ProcessRunner& runner) {
  std::error_code error;
  auto pattern = (fs::temp_directory_path(error) / "tcps-etc-XXXXXX").string();
  if (error || mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::io,
                "cannot make a temporary folder, check TMPDIR: " + std::string(std::strerror(errno)));
  }
  Sandbox sandbox(runner, pattern);
  fs::permissions(pattern, fs::perms(0755), error);
  const auto id = std::to_string(room_user_id);
  const std::array<std::pair<const char*, std::string>, 4> files{
      {{"passwd", "worker:x:" + id + ":" + id + ":worker:/tmp:/bin/sh\n"},
       {"group", "worker:x:" + id + ":\n"},
       {"hosts", "127.0.0.1 localhost\n::1 localhost\n"},
       {"nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"}}};
  for (const auto& [name, text] : files) {
    const auto path = pattern + "/" + name;
    std::ofstream file(path);
    file << text;
    file.close();
    fs::permissions(path, fs::perms(0644), error);
    if (!file || error) return fail(ErrorCode::io, "cannot write '" + path + "': make room on the disk");
  }
  return sandbox;
}

Sandbox::Sandbox(Sandbox&& other) noexcept
    : runner_(other.runner_), etc_folder_(std::exchange(other.etc_folder_, {})) {}

Sandbox::~Sandbox() {
  std::error_code ignored;
  if (!etc_folder_.empty()) fs::remove_all(etc_folder_, ignored);
}

Result<ProcessResult> Sandbox::run(const SandboxSpec& spec, const Arguments& command) {
  const bool as_root = geteuid() == 0;
  auto line = TCPS_TRY(sandbox_command_line(spec, command, etc_folder_, as_root));
  if (as_root) {
    TCPS_TRY(hand_over(spec.work_folder, room_user_id));
  }
  ProcessSpec process;
  process.argv = std::move(line);
  process.environment = minimal_environment();
  process.standard_input = spec.standard_input;
  process.deadline = spec.deadline;
  process.output_bytes_max = spec.output_bytes_max;
  process.merge_output = spec.merge_output;
  process.limits = spec.limits;
  process.limits.processes_max.reset();  // set inside the room's own user namespace
  process.cancel = spec.cancel;
  process.on_line = spec.on_line;
  return runner_->run(process);
}

Status Sandbox::available() {
  auto pattern = (fs::temp_directory_path() / "tcps-room-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorCode::io, "cannot make a temporary folder, check TMPDIR");
  SandboxSpec spec;
  spec.work_folder = pattern;
  spec.deadline = std::chrono::seconds(20);
  auto result = run(spec, {"true"});
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
  if (result && result->ok()) return {};
  auto reason = result ? describe_end(*result) + ", " + result->error_output : result.error().message;
  reason.erase(reason.find_last_not_of(" \n") + 1);
  return fail(ErrorCode::unavailable, "no sandbox can be made (" + reason +
                                          "): install the packages bubblewrap and util-linux, allow user "
                                          "namespaces (sysctl kernel.unprivileged_userns_clone=1, "
                                          "user.max_user_namespaces above 0), and in a container start it "
                                          "with SYS_ADMIN or without the seccomp profile");
}

}  // namespace tcps
