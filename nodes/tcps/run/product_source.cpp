#include "nodes/tcps/run/product_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "actors/engines/archive/archive.h"
#include "actors/engines/archive/glob.h"
#include "actors/engines/archive/snapshot.h"
#include "actors/engines/sandbox/posix_process_runner.h"
#include "messages/files.h"
#include "messages/subjects.h"
#include "messages/vocabulary.h"

namespace tcps::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t line_toml_bytes_max = 1u << 20;

Status fetch(ProductSource& source, const std::string& url) {
  PosixProcessRunner runner;
  archive::GitSource git;
  git.url = url;
  git.protocols = {"https", "ssh", "file"};
  source.archive = source.scratch.path() + "/snapshot.tar.gz";
  auto fetched = TCPS_TRY(archive::snapshot_git(runner, git, source.archive));
  source.snapshot = fetched.packed.digest;
  source.folder = source.scratch.path() + "/repository";
  TCPS_TRY(archive::unpack(source.archive, source.folder));
  return {};
}

json weights_of(const StandardWork& work) {
  json weights = json::object();
  for (Bucket bucket : all_buckets) weights[std::string(to_string(bucket))] = work.slots_of(bucket);
  return weights;
}

bool makes_already(const json& status, const ProductSource& source) {
  const StandardWork& work = source.standard_work;
  const json& product = status["product"];
  return product.value("snapshot", "") == source.snapshot.to_string() &&
         product.value("standard_work", "") == work.digest.to_string() &&
         product.value("sku", "") == work.sku && product.value("pool", "") == work.pool.str() &&
         status.value("backlog_limit", 0u) == work.backlog_limit &&
         status["bucket_weights"] == weights_of(work);
}

proto::ProductChanged change_of(const ProductSource& source) {
  const StandardWork& work = source.standard_work;
  proto::ProductChanged change;
  change.set_snapshot(source.snapshot.to_string());
  change.set_standard_work(work.digest.to_string());
  change.set_sku(work.sku);
  change.set_wip_limit(work.wip_limit);
  change.set_backlog_limit(work.backlog_limit);
  for (Bucket bucket : all_buckets)
    (*change.mutable_bucket_weights())[std::string(to_string(bucket))] = work.slots_of(bucket);
  change.set_pool(work.pool.str());
  change.set_by(client::person_name());
  change.set_at(client::now_text());
  return change;
}

Status store_product(bus::Bus& bus, const LineName& line, const ProductSource& source) {
  auto objects = TCPS_TRY(bus.objects(object_bucket(line), 0, 1));  // which the line's node has made
  auto text = TCPS_TRY(read_file(source.folder + "/line.toml", line_toml_bytes_max));
  if (Digest::of(text) != source.standard_work.digest)
    return fail(ErrorCode::conflict, "line.toml was changed while it was published; publish again");
  TCPS_TRY(objects->put(source.standard_work.digest, text));
  return objects->put_file(source.snapshot, source.archive);
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make() {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  std::string path = (error ? fs::path("/tmp") : base) / "tcps-XXXXXX";
  if (mkdtemp(path.data()) == nullptr)
    return fail(ErrorCode::io,
                fmt::format("no folder can be made in {}; set TMPDIR to a writable one", base.string()));
  return ScratchFolder(std::move(path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

bool is_git_url(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://") || text.starts_with("ssh://") ||
         text.starts_with("file://") || text.starts_with("git@") || text.starts_with("git://");
}

Result<ProductSource> ProductSource::open(const std::string& path_or_url) {
  auto scratch = TCPS_TRY(ScratchFolder::make());
  ProductSource source{std::move(scratch), {}, {}, {}, {}};
  if (is_git_url(path_or_url)) {
    TCPS_TRY(fetch(source, path_or_url));
  } else {
    std::error_code error;
    const fs::path folder = fs::canonical(path_or_url, error);
    if (error || !fs::is_directory(folder))
      return fail(ErrorCode::not_found,
                  fmt::format("{} is not a folder; name a repository by its path or git URL", path_or_url));
    source.folder = folder.string();
  }
  if (!fs::exists(source.folder + "/line.toml"))
    return fail(ErrorCode::not_found,
                fmt::format("{} has no line.toml; write a first one with tcps line init {}", path_or_url,
                            path_or_url));
  source.standard_work = TCPS_TRY(StandardWork::load(source.folder + "/line.toml"));
  return source;
}

Status ProductSource::freeze() {
  if (!archive.empty()) return {};
  const std::string file = scratch.path() + "/snapshot.tar.gz";
  auto packed = TCPS_TRY(archive::snapshot_folder(folder, file));
  archive = file;
  snapshot = packed.packed.digest;
  return {};
}

Result<PublishedProduct> publish_product(client::LineAccess& access, ProductSource& source) {
  if (source.standard_work.line != access.line()) {
    return fail(ErrorCode::invalid,
                fmt::format("line.toml is of line {}, this is line {}; name the right one with --line",
                            source.standard_work.line.str(), access.line().str()));
  }
  auto bus = TCPS_TRY(access.bus());
  TCPS_TRY(source.freeze());
  auto status = TCPS_TRY(access.ask("status", json::object()));
  TCPS_TRY(store_product(*bus, access.line(), source));
  if (makes_already(status, source)) return PublishedProduct{false, status.value("position", uint64_t{0})};
  auto position = TCPS_TRY(client::decide(access, change_of(source)));
  return PublishedProduct{true, position};
}

std::vector<std::string> list_files(const std::string& folder, size_t files_max) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
  for (; !error && at != end && files.size() < files_max; at.increment(error)) {
    if (at->path().filename() == ".git") {
      at.disable_recursion_pending();
    } else if (at->is_regular_file(error)) {
      files.push_back(at->path().lexically_relative(folder).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> missing_files(const StandardWork& work, const std::string& folder) {
  std::vector<std::string> problems;
  const auto files = list_files(folder);
  const auto need_file = [&](const std::string& key, const std::string& path) {
    if (!path.empty() && !std::binary_search(files.begin(), files.end(), path))
      problems.push_back(fmt::format("{}: there is no file {}; create it or correct the path", key, path));
  };
  const auto need_match = [&](const std::string& key, const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
      auto glob = archive::Glob::parse(pattern);
      const bool found = glob && std::any_of(files.begin(), files.end(),
                                             [&](const auto& file) { return glob->matches(file); });
      if (!found)
        problems.push_back(
            fmt::format("{}: nothing matches {}; create the file or correct the pattern", key, pattern));
    }
  };
  for (const auto& [source, demand] : work.demand)
    need_file(fmt::format("demand.{}.file", source), demand.file);
  if (work.knowledge) {
    need_match("knowledge.ontology", work.knowledge->ontology);
    need_match("knowledge.shapes", work.knowledge->shapes);
    need_match("knowledge.work_order_shapes", work.knowledge->work_order_shapes);
  }
  for (const QueryWork& query : work.queries) {
    need_file(fmt::format("query {}: file", query.name), query.file);
    need_file(fmt::format("query {}: schema", query.name), query.schema);
  }
  for (const TemplateWork& one : work.templates)
    need_file(fmt::format("template of {}: file", one.output), one.file);
  for (const std::string& lock : work.build.lock) need_file("build.lock", lock);
  return problems;
}

}  // namespace tcps::cli
