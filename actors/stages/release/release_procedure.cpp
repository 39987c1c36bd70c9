#include "actors/stages/release/release_procedure.h"

#include <algorithm>
#include <filesystem>

#include "actors/engines/archive/archive.h"
#include "actors/engines/archive/glob.h"
#include "actors/engines/channels/marketplace.h"
#include "actors/engines/channels/oci_image.h"
#include "actors/engines/tera/tera.h"
#include "actors/stages/common/publications.h"
#include "actors/stages/common/workbench.h"
#include "actors/stages/common/workspace.h"
#include "actors/stages/release/release_tree.h"
#include "messages/files.h"

namespace tcps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace stages;

constexpr const char* prepared_folder = ".tcps/release";  // in the workspace: TCPS_RELEASE
constexpr std::string_view erts_prefix = "erts-";

class ReleaseRun {
 public:
  explicit ReleaseRun(Workbench& bench) : bench_(bench), rules_(bench.work().release) {}

  Step<void> work();
  json fields() const;

 private:
  Step<void> name_it();
  Step<void> run_commands();
  Step<void> assemble();
  Step<void> put(const std::string& source, const std::string& path);
  Step<void> check_required();
  Step<void> pack();
  Step<void> read_back(const std::string& tarball) const;
  Step<void> make_image();
  Step<void> keep(const std::string& type, const std::string& name, const json& more);

  Workbench& bench_;
  const ReleaseWork& rules_;
  std::string name_;
  std::string folder_;        // the workspace
  std::string tree_;          // what goes into the tarball
  std::string sums_;          // checksums.txt
  std::string erts_version_;  // empty: none
  json artifacts_ = json::array();
};

Step<void> ReleaseRun::work() {
  TCPS_TRY(name_it());
  folder_ = TCPS_TRY(bench_.lay("release", {Stage::render, Stage::build}));
  tree_ = bench_.folder("tree");
  TCPS_TRY(run_commands());
  TCPS_TRY(assemble());
  TCPS_TRY(check_required());
  TCPS_TRY(pack());
  TCPS_TRY(make_image());
  const auto sums = bench_.folder(checksums_name);
  if (auto written = replace_file(sums, sums_); !written) return halt(written.error());
  const auto kept = bench_.keep_file(checksums_name, sums);
  return kept ? Step<void>{} : tl::unexpected(kept.error());
}

Step<void> ReleaseRun::name_it() {
  const tera::Engine engine([](std::string_view) { return std::nullopt; });
  const auto& job = bench_.job();
  const json context = {{"sku", job.work_order.sku()},
                        {"version", job.version},
                        {"line", job.line.str()},
                        {"work_order", job.work_order.id()}};
  const auto name = engine.render_text(rules_.name, context, "release.name");
  if (!name) return failed(FailureMode::release_build_fails, name.error().text());
  if (!channels::is_release_name(*name))
    return failed(FailureMode::release_build_fails,
                  "release.name gives '" + *name +
                      "', which is no file name of letters, digits and . _ + -: correct line.toml");
  name_ = *name;
  return {};
}

Step<void> ReleaseRun::run_commands() {
  std::error_code error;
  fs::create_directories(folder_ + "/" + prepared_folder, error);
  if (error)
    return failed(FailureMode::release_build_fails,
                  "the repository has no room for the folder '.tcps': " + error.message());
  const Environment environment{{"TCPS_RELEASE", std::string("/work/") + prepared_folder}};
  for (const auto& argv : rules_.commands) {
    const auto ended = TCPS_TRY(bench_.run(folder_, {argv, environment, bench_.deadline()}));
    if (!ended.ok()) return failed(FailureMode::release_build_fails, describe_failure(argv, ended));
  }
  return {};
}

// The tree that is packed: what the commands prepared, and the files that line.toml names.
Step<void> ReleaseRun::assemble() {
  const auto files = find_files(folder_, {"**"});
  if (!files) return failed(FailureMode::release_build_fails, files.error().message);
  const auto plan = plan_release(rules_.files, *files);
  if (!plan)
    return failed(plan.error().code == ErrorCode::not_found ? FailureMode::missing_erts
                                                            : FailureMode::release_build_fails,
                  plan.error().message);
  const auto prepared_place = place_of(folder_, std::string(prepared_folder) + "/x");
  if (!prepared_place) return failed(FailureMode::release_build_fails, prepared_place.error().message);
  const auto prepared_root = folder_ + "/" + prepared_folder;
  const auto prepared = reports::checksum_folder(prepared_root);
  if (!prepared) return failed(FailureMode::release_build_fails, prepared.error().message);
  for (const auto& [path, sum] : prepared->files) {
    TCPS_TRY(put(prepared_root + "/" + path, path));
  }
  for (const auto& [to, from] : *plan) {
    TCPS_TRY(put(folder_ + "/" + from, to));
  }
  if (prepared->files.empty() && plan->empty())
    return failed(FailureMode::missing_erts,
                  "the release holds no file: name some in [[release.files]] or let a command put them into "
                  "$TCPS_RELEASE");
  return {};
}

Step<void> ReleaseRun::put(const std::string& source, const std::string& path) {
  const auto place = place_of(tree_, path);
  if (!place) return failed(FailureMode::release_build_fails, place.error().message);
  std::error_code error;
  fs::create_directories(fs::path(*place).parent_path(), error);
  if (!error) fs::copy_file(source, *place, fs::copy_options::overwrite_existing, error);
  if (error)
    return failed(FailureMode::release_build_fails,
                  "release file '" + path + "' cannot be put in its place: " + error.message());
  return {};
}

// Every required pattern matches; the Erlang runtime that the release ships, if any, is told by its folder.
Step<void> ReleaseRun::check_required() {
  const auto globs = archive::parse_globs(rules_.required);
  if (!globs) return failed(FailureMode::missing_erts, globs.error().message);
  const auto tree = reports::checksum_folder(tree_);
  if (!tree) return halt(tree.error());
  for (const auto& glob : *globs) {
    const bool there = std::any_of(tree->files.begin(), tree->files.end(),
                                   [&](const auto& file) { return glob.matches(file.first); });
    if (!there)
      return failed(FailureMode::missing_erts,
                    "the release lacks '" + glob.pattern() + "', which release.required demands");
  }
  for (const auto& [path, sum] : tree->files) {
    const auto slash = path.find('/');
    if (slash == std::string::npos || !path.starts_with(erts_prefix)) continue;
    erts_version_ = path.substr(erts_prefix.size(), slash - erts_prefix.size());
  }
  return {};
}

Step<void> ReleaseRun::pack() {
  archive::PackOptions options;
  options.modified_unix_s = source_date(bench_.job().work_order);
  const auto tarball = bench_.folder(name_ + tarball_suffix);
  const auto packed = archive::pack_tree(tree_, tarball, options);
  if (!packed && packed.error().code == ErrorCode::io) return halt(packed.error());
  if (!packed) return failed(FailureMode::release_build_fails, packed.error().message);
  TCPS_TRY(read_back(tarball));
  const auto digest = digest_of_file(tarball);
  if (!digest) return halt(digest.error());
  if (*digest != packed->digest)
    return failed(
        FailureMode::tarball_corruption,
        "tarball '" + name_ + tarball_suffix + "' reads back with another checksum: check the node's disk");
  return keep("tarball", name_ + tarball_suffix, json::object());
}

Step<void> ReleaseRun::read_back(const std::string& tarball) const {
  const auto folder = bench_.folder("read-back");
  const auto unpacked = archive::unpack(tarball, folder);
  if (!unpacked) return failed(FailureMode::tarball_corruption, unpacked.error().message);
  const auto before = reports::checksum_folder(tree_);
  if (!before) return halt(before.error());
  const auto after = reports::checksum_folder(folder);
  if (!after) return halt(after.error());
  const auto differing = reports::differences(*before, *after);
  if (!differing.empty())
    return failed(
        FailureMode::tarball_corruption,
        "'" + differing.front() + "' reads back differently from the tarball: check the node's disk");
  return {};
}

Step<void> ReleaseRun::make_image() {
  if (!rules_.image) return {};
  const auto& job = bench_.job();
  channels::ImageSettings settings;
  settings.tag = job.version;
  settings.created_unix_s = source_date(job.work_order);
  settings.entrypoint = rules_.image->entrypoint;
  settings.command = rules_.image->cmd;
  settings.environment = rules_.image->environment;
  settings.labels = rules_.image->labels;
  settings.labels.emplace("org.opencontainers.image.version", job.version);
  settings.labels.emplace("org.opencontainers.image.title", job.work_order.sku());
  settings.working_directory = rules_.image->working_directory;
  const auto layout = bench_.folder("layout");
  const auto image = channels::write_image(bench_.folder(name_ + tarball_suffix), layout, settings);
  if (!image)
    return failed(FailureMode::container_build_fails, "the image cannot be made: " + image.error().message);
  archive::PackOptions options;
  options.modified_unix_s = settings.created_unix_s;
  const auto packed = archive::pack_tree(layout, bench_.folder(name_ + image_suffix), options);
  if (!packed)
    return failed(FailureMode::container_build_fails,
                  "the image cannot be packed: " + packed.error().message);
  return keep("oci", name_ + image_suffix,
              {{"image_id", image->config.to_string()}, {"image_digest", image->manifest.to_string()}});
}

Step<void> ReleaseRun::keep(const std::string& type, const std::string& name, const json& more) {
  const auto file = bench_.folder(name);
  const auto digest = TCPS_TRY(bench_.keep_file(name, file));
  const auto md5 = reports::md5_of_file(file);
  if (!md5) return halt(md5.error());
  std::error_code error;
  json artifact = {{"type", type},
                   {"path", name},
                   {"size_bytes", fs::file_size(file, error)},
                   {"sha256", digest.hex()},
                   {"md5", *md5}};
  artifact.update(more);
  artifacts_.push_back(std::move(artifact));
  sums_ += digest.hex() + "  " + name + "\n";
  return {};
}

json ReleaseRun::fields() const {
  const auto no_erts = not_applicable("the release ships no Erlang runtime of its own");
  const auto no_otp =
      not_applicable("a release names the version of its runtime (ERTS), not of the distribution");
  json fields;
  fields["release"] = {{"name", name_},
                       {"version", bench_.job().version},
                       {"erts_version", erts_version_.empty() ? no_erts : json(erts_version_)},
                       {"otp_version", no_otp}};
  fields["artifacts"] = artifacts_;
  fields["container"] =
      rules_.image ? json{{"applicable", true}} : not_applicable("line.toml has no table release.image");
  return fields;
}

class ReleaseProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    return run_stage<ReleaseRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_release_procedure() { return std::make_unique<ReleaseProcedure>(); }

}  // namespace tcps
