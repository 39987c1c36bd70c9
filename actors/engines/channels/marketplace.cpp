#include "actors/engines/channels/marketplace.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/files.h"
#include "messages/iso8601.h"

namespace tcps::channels {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t release_json_bytes_max = 1u << 20;
constexpr size_t files_max = 1000;
constexpr size_t releases_max = 100'000;

// Held while the folder changes.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(open((folder + "/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    while (fd_ >= 0 && (held_ = flock(fd_, LOCK_EX) == 0) == false && errno == EINTR) {
    }
  }
  ~FolderLock() {
    if (fd_ >= 0) close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

json to_json(const Listing& listing) {
  auto files = json::array();
  for (const auto& file : listing.files) {
    files.push_back(
        {{"name", file.name}, {"sha256", file.digest.hex()}, {"size", file.size}, {"url", file.name}});
  }
  return {{"sku", listing.sku},
          {"version", listing.version},
          {"released", to_iso8601(1'000 * listing.released_unix_s)},
          {"released_unix_s", listing.released_unix_s},
          {"files", files}};
}

Result<Listing> parse_listing(BytesView bytes) {
  const auto value = parse_json(bytes);
  const auto malformed = [] {
    return fail(ErrorCode::corrupt, "release.json is malformed: call a person, a release never changes");
  };
  if (!value || !value->is_object()) return malformed();
  try {
    Listing listing{value->at("sku"), value->at("version"), value->at("released_unix_s"), {}};
    for (const auto& file : value->at("files")) {
      const auto digest = Digest::parse(file.at("sha256").get<std::string>());
      const auto name = file.at("name").get<std::string>();
      if (!digest || !is_release_name(name)) return malformed();
      listing.files.push_back({name, *digest, file.at("size")});
    }
    return listing;
  } catch (const json::exception&) {
    return malformed();
  }
}

Status check(const MarketplaceRelease& release) {
  if (!is_release_name(release.sku) || !is_release_name(release.version)) {
    return fail(ErrorCode::invalid, "release '" + release.sku + "' version '" + release.version +
                                        "' must be named with letters, digits and . _ + - only");
  }
  if (release.files.empty() || release.files.size() > files_max) {
    return fail(ErrorCode::invalid, "release '" + release.sku + "' must hold 1 to 1000 files");
  }
  std::vector<std::string> names;
  for (const auto& path : release.files) {
    names.push_back(fs::path(path).filename().string());
    std::error_code error;
    if (!is_release_name(names.back()) || names.back() == "release.json") {
      return fail(ErrorCode::invalid, "file '" + path + "' cannot be published under its name: rename it");
    }
    if (!fs::is_regular_file(path, error))
      return fail(ErrorCode::not_found, "file '" + path + "' of the release does not exist");
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
    return fail(ErrorCode::invalid, "release '" + release.sku + "' holds two files of one name: rename one");
  }
  return {};
}

std::string url_of(const std::string& sku, const std::string& version) {
  return sku + "/" + version + "/release.json";
}

}  // namespace

bool is_release_name(std::string_view text) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '+' || c == '-';
  };
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), allowed);
}

// Copies the files and writes release.json into `staging`.
Result<Listing> Marketplace::stage(const MarketplaceRelease& release, const std::string& staging) const {
  std::error_code error;
  fs::remove_all(staging, error);
  fs::create_directories(staging, error);
  if (error) return fail(ErrorCode::io, "cannot create '" + staging + "': " + error.message());
  Listing listing{release.sku, release.version, release.released_unix_s, {}};
  for (const auto& path : release.files) {
    const auto name = fs::path(path).filename().string();
    const auto copy = staging + "/" + name;
    TCPS_TRY(copy_file(path, copy));
    const auto digest = TCPS_TRY(digest_of_file(copy));
    listing.files.push_back({name, digest, fs::file_size(copy, error)});
  }
  std::sort(listing.files.begin(), listing.files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  TCPS_TRY(replace_file(staging + "/release.json", to_json(listing).dump(2) + "\n"));
  return listing;
}

Result<MarketplacePublished> Marketplace::publish(const MarketplaceRelease& release) {
  TCPS_TRY(check(release));
  std::error_code error;
  fs::create_directories(folder_ + "/" + release.sku, error);
  if (error)
    return fail(ErrorCode::io, "cannot create the marketplace folder '" + folder_ + "': " + error.message());
  const FolderLock lock(folder_);
  if (!lock.held())
    return fail(ErrorCode::io, "cannot lock '" + folder_ + "/.lock': " + std::strerror(errno));

  const auto staging = folder_ + "/.staging";
  auto staged = TCPS_TRY(stage(release, staging));
  const auto present = find(release.sku, release.version);
  MarketplacePublished published{staged, url_of(release.sku, release.version), present.has_value()};
  if (present) {
    fs::remove_all(staging, error);
    if (present->files != staged.files) {
      return fail(ErrorCode::conflict,
                  "version '" + release.version + "' of '" + release.sku +
                      "' is published already with other content: increment the version");
    }
    published.listing = *present;
  } else if (present.error().code != ErrorCode::not_found) {
    return fail(present.error());
  } else {
    const auto place = folder_ + "/" + release.sku + "/" + release.version;
    if (rename(staging.c_str(), place.c_str()) != 0) {
      return fail(ErrorCode::io, "cannot put '" + place + "' in place: " + std::strerror(errno));
    }
    TCPS_TRY(sync_folder(folder_ + "/" + release.sku));
  }
  TCPS_TRY(rebuild_index());
  return published;
}

Status Marketplace::rebuild_index() const {
  std::vector<Listing> listings;
  std::error_code error;
  for (const auto& sku : fs::directory_iterator(folder_, error)) {
    if (!sku.is_directory() || !is_release_name(sku.path().filename().string())) continue;
    for (const auto& version : fs::directory_iterator(sku.path(), error)) {
      if (listings.size() == releases_max)
        return fail(ErrorCode::full, "marketplace '" + folder_ + "' holds too many releases");
      auto listing = TCPS_TRY(find(sku.path().filename().string(), version.path().filename().string()));
      listings.push_back(std::move(listing));
    }
  }
  if (error)
    return fail(ErrorCode::io, "cannot read the marketplace folder '" + folder_ + "': " + error.message());
  std::sort(listings.begin(), listings.end(), [](const Listing& a, const Listing& b) {
    return std::tie(a.sku, a.released_unix_s, a.version) < std::tie(b.sku, b.released_unix_s, b.version);
  });
  json skus = json::object();
  for (const auto& listing : listings) {
    auto entry = to_json(listing);
    entry.erase("sku");
    for (auto& file : entry["files"])
      file["url"] = listing.sku + "/" + listing.version + "/" + file["name"].get<std::string>();
    entry["url"] = url_of(listing.sku, listing.version);
    skus[listing.sku]["versions"].push_back(entry);
  }
  return replace_file(folder_ + "/index.json", json{{"skus", skus}}.dump(2) + "\n");
}

Result<Listing> Marketplace::find(const std::string& sku, const std::string& version) const {
  if (!is_release_name(sku) || !is_release_name(version)) {
    return fail(ErrorCode::invalid, "'" + sku + "' version '" + version + "' is no name of a release");
  }
  const auto path = folder_ + "/" + url_of(sku, version);
  const auto bytes = TCPS_TRY(read_file(path, release_json_bytes_max));
  auto listing = parse_listing(bytes);
  if (!listing) return fail(listing.error().at(path));
  return listing;
}

Result<Listing> Marketplace::fetch(const std::string& sku, const std::string& version,
                                   const std::string& to_folder) const {
  auto listing = TCPS_TRY(find(sku, version));
  std::error_code error;
  fs::create_directories(to_folder, error);
  for (const auto& file : listing.files) {
    const auto copy = to_folder + "/" + file.name;
    TCPS_TRY(copy_file(folder_ + "/" + sku + "/" + version + "/" + file.name, copy));
    const auto digest = TCPS_TRY(digest_of_file(copy));
    if (digest != file.digest) {
      fs::remove(copy, error);
      return fail(ErrorCode::corrupt, "file '" + file.name + "' of '" + sku + "' " + version +
                                          " does not have its digest: publish anew");
    }
  }
  return listing;
}

}  // namespace tcps::channels
