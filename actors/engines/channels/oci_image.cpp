#include "actors/engines/channels/oci_image.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "messages/files.h"
#include "messages/iso8601.h"

namespace tcps::channels {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto unpack_deadline = std::chrono::minutes(5);
constexpr uint64_t layer_bytes_max = 16ull << 30;  // uncompressed

std::string machine_architecture() {
  utsname name{};
  uname(&name);
  const std::string machine = name.machine;
  if (machine == "x86_64") return "amd64";
  return machine == "aarch64" ? "arm64" : machine;
}

// Digest of the tar inside a gzip file: what the image's configuration calls the layer's diff id.
Result<Digest> digest_of_content(const std::string& path) {
  const std::unique_ptr<struct archive, int (*)(struct archive*)> reader(archive_read_new(),
                                                                         archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_entry* entry = nullptr;
  const auto corrupt = [&path] {
    return fail(ErrorCode::corrupt, "layer '" + path + "' is no whole gzip file: pack it again");
  };
  if (archive_read_open_filename(reader.get(), path.c_str(), 65536) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK ||
      archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_GZIP) {
    return corrupt();
  }
  Hasher hasher;
  std::array<char, 65536> buffer;
  uint64_t total = 0;
  la_ssize_t count;
  while ((count = archive_read_data(reader.get(), buffer.data(), buffer.size())) > 0) {
    hasher.update({buffer.data(), static_cast<size_t>(count)});
    total += static_cast<uint64_t>(count);
    if (total > layer_bytes_max)
      return fail(ErrorCode::corrupt, "layer '" + path + "' holds more than 16 GiB: make it smaller");
  }
  if (count < 0) return corrupt();
  return hasher.finish();
}

json image_config(const ImageSettings& settings, const Digest& diff_id) {
  json run{{"User", settings.user}, {"WorkingDir", settings.working_directory}};
  if (!settings.entrypoint.empty()) run["Entrypoint"] = settings.entrypoint;
  if (!settings.command.empty()) run["Cmd"] = settings.command;
  if (!settings.labels.empty()) run["Labels"] = settings.labels;
  for (const auto& [name, value] : settings.environment) run["Env"].push_back(name + "=" + value);
  const auto created = to_iso8601(1'000 * settings.created_unix_s);
  return {{"created", created},
          {"architecture", settings.architecture.empty() ? machine_architecture() : settings.architecture},
          {"os", "linux"},
          {"config", run},
          {"rootfs", {{"type", "layers"}, {"diff_ids", {diff_id.to_string()}}}},
          {"history", {{{"created", created}, {"created_by", "tcps"}}}}};
}

json descriptor(const char* media_type, const Digest& digest, uint64_t size) {
  return {{"mediaType", media_type}, {"digest", digest.to_string()}, {"size", size}};
}

class LayoutWriter {
 public:
  explicit LayoutWriter(fs::path folder) : folder_(std::move(folder)) {}

  Status create() {
    std::error_code error;
    fs::create_directories(folder_ / "blobs/sha256", error);
    return error ? fail(ErrorCode::io,
                        "cannot create the image folder '" + folder_.string() + "': " + error.message())
                 : Status{};
  }

  Result<Digest> add(const std::string& bytes) {
    const auto digest = Digest::of(bytes);
    TCPS_TRY(replace_file(blob(digest), bytes));
    return digest;
  }

  Status add_file(const Digest& digest, const std::string& path) { return copy_file(path, blob(digest)); }

  Status finish(const json& index) {
    TCPS_TRY(replace_file((folder_ / "oci-layout").string(), R"({"imageLayoutVersion":"1.0.0"})"));
    return replace_file((folder_ / "index.json").string(), index.dump());
  }

 private:
  std::string blob(const Digest& digest) const { return (folder_ / "blobs/sha256" / digest.hex()).string(); }
  fs::path folder_;
};

}  // namespace

bool is_image_tag(std::string_view tag) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  const auto rest = [&word](unsigned char c) { return word(c) || c == '.' || c == '-'; };
  return !tag.empty() && tag.size() <= 128 && word(static_cast<unsigned char>(tag.front())) &&
         std::all_of(tag.begin(), tag.end(), rest);
}

Result<ImageDigests> write_image(const std::string& rootfs_tar_gz, const std::string& layout_folder,
                                 const ImageSettings& settings) {
  if (!is_image_tag(settings.tag))
    return fail(ErrorCode::invalid, "image tag '" + settings.tag + "' is malformed");
  std::error_code error;
  if (!fs::is_regular_file(rootfs_tar_gz, error))
    return fail(ErrorCode::not_found, "layer '" + rootfs_tar_gz + "' does not exist");
  if (fs::exists(layout_folder, error) && !fs::is_empty(layout_folder, error)) {
    return fail(ErrorCode::conflict,
                "image folder '" + layout_folder + "' is not empty: write into a new one");
  }
  const auto layer = TCPS_TRY(digest_of_file(rootfs_tar_gz));
  const auto diff_id = TCPS_TRY(digest_of_content(rootfs_tar_gz));

  LayoutWriter layout(layout_folder);
  TCPS_TRY(layout.create());
  TCPS_TRY(layout.add_file(layer, rootfs_tar_gz));
  const auto config_bytes = image_config(settings, diff_id).dump();
  const auto config = TCPS_TRY(layout.add(config_bytes));
  const json manifest{
      {"schemaVersion", 2},
      {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
      {"config", descriptor("application/vnd.oci.image.config.v1+json", config, config_bytes.size())},
      {"layers",
       {descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer,
                   fs::file_size(rootfs_tar_gz, error))}}};
  const auto manifest_bytes = manifest.dump();
  const auto manifest_digest = TCPS_TRY(layout.add(manifest_bytes));
  auto entry =
      descriptor("application/vnd.oci.image.manifest.v1+json", manifest_digest, manifest_bytes.size());
  entry["annotations"] = {{"org.opencontainers.image.ref.name", settings.tag}};
  TCPS_TRY(layout.finish({{"schemaVersion", 2}, {"manifests", json::array({entry})}}));
  return ImageDigests{manifest_digest, config, layer};
}

Result<std::string> unpack_image(ProcessRunner& runner, const std::string& layout_folder,
                                 const std::string& tag, const std::string& bundle_folder) {
  std::error_code error;
  if (!is_image_tag(tag) || !fs::exists(layout_folder + "/index.json", error)) {
    return fail(ErrorCode::not_found,
                "there is no image layout '" + layout_folder + "' with tag '" + tag + "'");
  }
  ProcessSpec spec;
  spec.argv = {"umoci", "unpack", "--image", layout_folder + ":" + tag};
  if (geteuid() != 0) spec.argv.push_back("--rootless");
  spec.argv.push_back(bundle_folder);
  spec.environment = minimal_environment();
  spec.deadline = unpack_deadline;
  const auto result = TCPS_TRY(runner.run(spec));
  if (result.timed_out)
    return fail(ErrorCode::timeout,
                "unpacking the image '" + layout_folder + "' took more than five minutes");
  if (!result.ok()) {
    return fail(ErrorCode::corrupt, "image '" + layout_folder + ":" + tag + "' cannot be unpacked (" +
                                        describe_end(result) + "): " + result.error_output.substr(0, 500));
  }
  return bundle_folder + "/rootfs";
}

}  // namespace tcps::channels
