#include "actors/stages/common/workspace.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "actors/engines/archive/archive.h"
#include "bus/bus.h"
#include "messages/files.h"

namespace tcps::stages {
namespace {

namespace fs = std::filesystem;

constexpr time_t date_of_sources =
    946'684'800;  // 2000-01-01T00:00:00Z; stage n's files are n seconds younger

Status set_date(const std::string& path, time_t date) {
  const timespec times[2] = {{date, 0}, {date, 0}};
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return fail(ErrorCode::io, "cannot set the date of '" + path + "'");
}

Status make_parents(const std::string& folder, const std::string& place) {
  std::error_code error;
  fs::create_directories(fs::path(place).parent_path(), error);
  if (!error) return {};
  return fail(ErrorCode::io, "cannot make a folder in '" + folder + "': " + error.message());
}

}  // namespace

Status lay_snapshot(bus::ObjectStore& store, const Digest& snapshot, const std::string& folder) {
  const auto archive_file = folder + ".snapshot";
  if (auto fetched = store.get_file(snapshot, archive_file); !fetched)
    return fail(fetched.error().at("product snapshot " + snapshot.to_string()));
  const auto unpacked = archive::unpack(archive_file, folder);
  std::error_code error;
  fs::remove(archive_file, error);
  if (!unpacked) return fail(unpacked.error().at("product snapshot"));
  fs::recursive_directory_iterator next(folder, error), end;
  for (; !error && next != end; next.increment(error)) {
    if (!next->is_regular_file(error) || next->is_symlink(error)) continue;
    TCPS_TRY(set_date(next->path().string(), date_of_sources));
  }
  if (error) return fail(ErrorCode::io, "cannot read the workspace '" + folder + "': " + error.message());
  return {};
}

Result<std::string> place_of(const std::string& folder, const std::string& path) {
  if (!is_product_path(path))
    return fail(ErrorCode::invalid, "'" + path.substr(0, 200) + "' is no path inside the product");
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    std::error_code error;
    const auto status = fs::symlink_status(folder + "/" + path.substr(0, slash), error);
    if (fs::exists(status) && !fs::is_directory(status)) {
      return fail(ErrorCode::refused, "'" + path + "' goes through '" + path.substr(0, slash) +
                                          "', which is no folder: move one of them");
    }
  }
  return folder + "/" + path;
}

Status lay_files(bus::ObjectStore& store, const Manifest& manifest, Stage stage, const std::string& folder) {
  for (const auto& [path, entry] : manifest.product_files(stage)) {
    const auto place = TCPS_TRY(place_of(folder, path));
    TCPS_TRY(make_parents(folder, place));
    std::error_code error;
    if (fs::is_directory(fs::symlink_status(place, error)))
      return fail(ErrorCode::refused,
                  "'" + path + "' is a folder of the repository and a made file: rename one");
    fs::remove(place, error);
    if (auto fetched = store.get_file(entry.digest, place); !fetched)
      return fail(fetched.error().at("artifact '" + path + "'"));
    fs::permissions(place, fs::perms(entry.executable ? 0755 : 0644), error);
    if (error) return fail(ErrorCode::io, "cannot set the mode of '" + place + "': " + error.message());
    TCPS_TRY(set_date(place, date_of_sources + static_cast<time_t>(stage)));
  }
  return {};
}

Result<reports::Checksums> find_files(const std::string& folder, const std::vector<std::string>& globs) {
  if (globs.empty()) return reports::Checksums{};
  auto found = reports::checksum_folder(folder, globs);
  if (found)
    std::erase_if(found->files, [](const auto& file) { return file.first.starts_with(report_folder); });
  return found;
}

Result<Bytes> read_product_file(const std::string& folder, const std::string& path, size_t bytes_max) {
  const auto place = TCPS_TRY(place_of(folder, path));
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(place, error)))
    return fail(ErrorCode::not_found, "'" + path + "' is not there, or is no regular file");
  return read_file(place, bytes_max);
}

Result<ManifestEntry> store_file(bus::ObjectStore& store, const std::string& file) {
  const auto digest = TCPS_TRY(digest_of_file(file));
  struct stat status;
  if (stat(file.c_str(), &status) != 0) return fail(ErrorCode::io, "cannot look at '" + file + "'");
  if (auto put = store.put_file(digest, file); !put) return fail(put.error().at("artifact '" + file + "'"));
  return ManifestEntry{digest, static_cast<uint64_t>(status.st_size), (status.st_mode & 0111) != 0};
}

}  // namespace tcps::stages
