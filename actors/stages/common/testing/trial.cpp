#include "actors/stages/common/testing/trial.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "actors/engines/archive/snapshot.h"
#include "actors/stages/common/workspace.h"

namespace tcps::stages {
namespace {

namespace fs = std::filesystem;

constexpr int64_t now_unix_ms = 1'769'425'200'000;  // 2026-01-26T11:00:00Z

std::string temporary_folder() {
  auto pattern = (fs::temp_directory_path() / "tcps-trial-XXXXXX").string();
  TCPS_CHECK(mkdtemp(pattern.data()) != nullptr);
  return pattern;
}

void write(const std::string& path, std::string_view text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
  fs::permissions(path, fs::perms(text.starts_with("#!") ? 0755 : 0644));
}

// The repository on disk, until the trial has taken its snapshot.
struct LaidOut {
  LaidOut(std::string_view line_toml, const Repository& repository) {
    for (const auto& [path, text] : repository) write(folder + "/" + path, text);
    write(folder + "/line.toml", line_toml);
  }
  ~LaidOut() { fs::remove_all(folder); }

  const std::string folder = temporary_folder();
};

}  // namespace

Trial::Trial(std::string_view line_toml, const Repository& repository, ProcessRunner& runner)
    : Trial(LaidOut(line_toml, repository).folder, runner) {}

Trial::Trial(const std::string& repository_folder, ProcessRunner& runner) : folder(temporary_folder()) {
  const auto work = StandardWork::load(repository_folder + "/line.toml");
  if (!work) std::fprintf(stderr, "%s\n", work.error().message.c_str());
  TCPS_CHECK(work.has_value());
  const auto archive_file = folder + "/snapshot.tar.gz";
  const auto snapshot = archive::snapshot_folder(repository_folder, archive_file);
  TCPS_CHECK(snapshot.has_value());
  TCPS_CHECK(store.put_file(snapshot->packed.digest, archive_file).has_value());
  job.line = work->line;
  job.work_order.set_id("wo-0123456789abcdef0123");
  job.work_order.set_line(work->line.str());
  job.work_order.set_sku(work->sku);
  job.work_order.set_created("2026-01-26T10:15:00.250Z");
  job.work_order.set_snapshot(snapshot->packed.digest.to_string());
  job.version = "1.2.0";
  job.standard_work = std::make_shared<StandardWork>(*work);
  job.time_left = std::chrono::minutes(5);
  workshop.artifacts = &store;
  workshop.processes = &runner;
  workshop.unix_ms = [] { return now_unix_ms; };
  workshop.log = [this](const std::string&, std::string_view line) { log.append(line).append("\n"); };
}

Trial::~Trial() {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

Result<StageOutcome> Trial::run(Procedure& procedure, Stage stage) {
  job.stage = stage;
  job.workspace = folder + "/workspace";
  auto outcome = procedure.run(job, workshop);
  fs::remove_all(job.workspace);
  if (outcome && !outcome->failure) job.manifest = outcome->manifest;
  return outcome;
}

void Trial::hand_on(Stage stage, const std::string& path, std::string_view text) {
  auto files = manifest();
  const auto digest = store.add(text);
  TCPS_CHECK(files.add(stage, path, {digest, text.size(), text.starts_with("#!")}).has_value());
  job.manifest = *files.store(store);
}

Manifest Trial::manifest() { return *Manifest::load(store, job.manifest); }

Bytes Trial::artifact(Stage stage, const std::string& path) {
  const auto files = manifest();
  const auto* entry = files.find(stage, path);
  return entry == nullptr ? Bytes{} : text_of(entry->digest);
}

std::string Trial::text_of(const Digest& digest) { return store.get(digest, SIZE_MAX).value_or(""); }

std::string work_folder_of(const ProcessSpec& spec) {
  const auto source_of = [&spec](const std::string& target) -> std::string {
    for (size_t i = 0; i + 2 < spec.argv.size(); ++i) {
      if (spec.argv[i] == "--bind" && spec.argv[i + 2] == target) return spec.argv[i + 1];
    }
    return {};
  };
  const auto source = source_of("/work");
  return source.starts_with("/mnt/") ? source_of(source) : source;
}

}  // namespace tcps::stages
