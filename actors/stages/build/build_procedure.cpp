#include "actors/stages/build/build_procedure.h"

#include <filesystem>

#include "actors/engines/archive/glob.h"
#include "actors/engines/reports/checksums.h"
#include "actors/engines/reports/compiler_log.h"
#include "actors/stages/build/compiled_modules.h"
#include "actors/stages/common/workbench.h"
#include "actors/stages/common/workspace.h"

namespace tcps {
namespace {

using nlohmann::json;
using namespace stages;
using std::chrono::steady_clock;

constexpr size_t lock_bytes_max = 64u << 20;

class BuildRun {
 public:
  explicit BuildRun(Workbench& bench) : bench_(bench), rules_(bench.work().build), modules_(rules_.system) {}

  Step<void> work();
  json fields() const;

 private:
  Step<reports::Checksums> build(uint32_t number);
  Step<void> read_locks(const std::string& folder);
  Step<void> ask_compiler(const std::string& folder, Deadline deadline);
  Step<void> run_all(const std::string& folder, const std::vector<Argv>& commands, Deadline deadline,
                     FailureMode mode);
  Step<reports::Checksums> collect(const std::string& folder);
  Step<void> compare(const reports::Checksums& made, uint32_t number);
  Step<void> keep();
  std::string place() const {
    return "build " + std::to_string(number_) + " of " + std::to_string(rules_.repeat);
  }
  std::string first_folder() const { return bench_.folder("build-1"); }

  Workbench& bench_;
  const BuildWork& rules_;
  uint32_t number_ = 0;  // of the build under way, from 1
  uint32_t compared_ = 0;
  bool identical_ = false;
  reports::CompilerLog compiler_;  // of the first build
  CompiledModules modules_;        // likewise
  int64_t duration_ms_ = 0;        // likewise
  std::string compiler_version_;
  json locks_ = json::array();
  reports::Checksums outputs_;
};

Step<void> BuildRun::work() {
  for (uint32_t number = 1; number <= rules_.repeat; ++number) {
    auto made = TCPS_TRY(build(number));
    ++compared_;
    if (number == 1) {
      outputs_ = std::move(made);
      continue;
    }
    TCPS_TRY(compare(made, number));
    std::error_code ignored;
    std::filesystem::remove_all(bench_.folder("build-" + std::to_string(number)), ignored);
  }
  identical_ = compared_ > 1;
  return keep();
}

// One clean build; the outputs stay in its folder.
Step<reports::Checksums> BuildRun::build(uint32_t number) {
  number_ = number;
  auto folder = TCPS_TRY(bench_.lay("build-" + std::to_string(number), {Stage::render}));
  const auto deadline = bench_.deadline(rules_.timeout);
  if (number == 1) {
    TCPS_TRY(read_locks(folder));
    TCPS_TRY(ask_compiler(folder, deadline));
  }
  TCPS_TRY(run_all(folder, rules_.prepare, deadline, FailureMode::missing_dependency));
  const auto begin = steady_clock::now();
  const auto built = run_all(folder, rules_.commands, deadline, FailureMode::compilation_error);
  if (number == 1)
    duration_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin).count();
  if (!built) return tl::unexpected(built.error());
  return collect(folder);
}

Step<void> BuildRun::read_locks(const std::string& folder) {
  for (const auto& path : rules_.lock) {
    const auto bytes = read_product_file(folder, path, lock_bytes_max);
    if (!bytes)
      return failed(FailureMode::missing_dependency,
                    "lock file '" + path + "' cannot be read: " + bytes.error().message);
    locks_.push_back({{"path", path}, {"digest", Digest::of(*bytes).to_string()}});
  }
  return {};
}

Step<void> BuildRun::ask_compiler(const std::string& folder, Deadline deadline) {
  if (rules_.compiler_version.empty()) return {};
  const auto answer = TCPS_TRY(bench_.run(folder, {rules_.compiler_version, rules_.environment, deadline}));
  if (answer.timed_out) {
    return failed(FailureMode::build_timeout, "asking the compiler for its version takes too long: " +
                                                  describe_failure(rules_.compiler_version, answer));
  }
  if (!answer.ok()) {
    return failed(FailureMode::missing_dependency, "the compiler does not tell its version: " +
                                                       describe_failure(rules_.compiler_version, answer));
  }
  compiler_version_ = receipt_text(answer.output.substr(0, answer.output.find('\n')), 200);
  return {};
}

Step<void> BuildRun::run_all(const std::string& folder, const std::vector<Argv>& commands, Deadline deadline,
                             FailureMode mode) {
  const bool counts = number_ == 1 && mode == FailureMode::compilation_error;
  for (const auto& argv : commands) {
    reports::CompilerLog said;
    Command command{argv, rules_.environment, deadline};
    command.on_line = [&](std::string_view line) {
      said.add_line(line);
      if (!counts) return;
      compiler_.add_line(line);
      modules_.add_line(line);
    };
    const auto result = TCPS_TRY(bench_.run(folder, command));
    if (result.ok()) continue;
    if (result.timed_out)
      return failed(FailureMode::build_timeout,
                    place() + " takes too long: " + describe_failure(argv, result));
    const auto first =
        std::find_if(said.messages.begin(), said.messages.end(),
                     [](const std::string& message) { return message.find("error: ") != std::string::npos; });
    return failed(mode, place() + ": " + (first == said.messages.end() ? "" : *first + ": ") +
                            describe_failure(argv, result));
  }
  return {};
}

// The checksums of what the build left; every pattern must have found something.
Step<reports::Checksums> BuildRun::collect(const std::string& folder) {
  auto found = find_files(folder, rules_.outputs);
  if (!found && is_fault_of_product(found.error().code))
    return failed(FailureMode::compilation_error, found.error().message);
  if (!found) return halt(found.error());
  const auto globs = archive::parse_globs(rules_.outputs);
  if (!globs) return failed(FailureMode::compilation_error, globs.error().message);
  for (const auto& glob : *globs) {
    const bool matched = std::any_of(found->files.begin(), found->files.end(),
                                     [&](const auto& file) { return glob.matches(file.first); });
    if (!matched)
      return failed(FailureMode::compilation_error,
                    place() + " left no file that matches the output '" + glob.pattern() + "'");
  }
  return std::move(*found);
}

Step<void> BuildRun::compare(const reports::Checksums& made, uint32_t number) {
  const auto differing = reports::differences(outputs_, made);
  if (differing.empty()) return {};
  const auto others = differing.size() - 1;
  return failed(FailureMode::non_deterministic_build,
                "'" + differing.front() + "' differs between build 1 and build " + std::to_string(number) +
                    (others == 0 ? "" : ", and so do " + std::to_string(others) + " more files") +
                    ": find what in it depends on time, order or chance");
}

Step<void> BuildRun::keep() {
  for (const auto& [path, sum] : outputs_.files) {
    TCPS_TRY(bench_.keep_file(path, first_folder() + "/" + path));
  }
  TCPS_TRY(bench_.keep_report("checksums.txt", outputs_.to_text()));
  return {};
}

json BuildRun::fields() const {
  const auto beams = std::count_if(outputs_.files.begin(), outputs_.files.end(),
                                   [](const auto& file) { return file.first.ends_with(".beam"); });
  const bool is_erlang = rules_.system == BuildSystem::rebar3;
  json fields;
  fields["compilation"] = {
      {"modules_compiled", modules_.to_json()},
      {"warnings", compiler_.warnings},
      {"errors", compiler_.errors},
      {"duration_ms", duration_ms_},
      {"compiler_version", compiler_version_.empty()
                               ? not_applicable("build.compiler_version of line.toml names no command")
                               : json(compiler_version_)}};
  fields["dependencies"] = {{"locks", locks_}};
  fields["outputs"] = {
      {"files", outputs_.files.size()},
      {"beam_files", is_erlang ? json(beams) : not_applicable("the product is not built with rebar3")},
      {"total_size_bytes", outputs_.total_bytes()},
      {"checksums", outputs_.digest().to_string()}};
  fields["determinism"] = {
      {"builds_compared", compared_}, {"identical", identical_}, {"checksums_match", identical_}};
  if (rules_.repeat == 1)
    fields["determinism"] = not_applicable("build.repeat of line.toml is 1: nothing was compared");
  return fields;
}

class BuildProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    return run_stage<BuildRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_build_procedure() { return std::make_unique<BuildProcedure>(); }

}  // namespace tcps
