#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "actors/engines/archive/archive.h"

namespace tcps::archive {
namespace {

namespace fs = std::filesystem;

constexpr size_t path_bytes_max = 4096;
constexpr size_t block_bytes = 65536;

Error refusal(const std::string& path, const char* why) {
  return {ErrorCode::refused,
          "archive entry '" + path.substr(0, 200) + "' " + why + ": do not trust this archive"};
}

// A path as it must be in an archive: relative, no "..". Returns it without "." segments and slashes at its
// end.
Result<std::string> safe_path(const char* raw) {
  const std::string text = raw != nullptr ? raw : "";
  if (text.empty() || text.size() > path_bytes_max) return fail(refusal(text, "has no usable path"));
  if (text.front() == '/') return fail(refusal(text, "has an absolute path"));
  fs::path path;
  for (const auto& segment : fs::path(text)) {
    if (segment == "..") return fail(refusal(text, "climbs out with '..'"));
    if (!segment.empty() && segment != ".") path /= segment;
  }
  return path.generic_string();
}

class Unpacker {
 public:
  Unpacker(std::string folder, const Limits& limits)
      : folder_(std::move(folder)),
        limits_(limits),
        reader_(archive_read_new(), archive_read_free),
        writer_(archive_write_disk_new(), archive_write_free) {
    archive_read_support_format_tar(reader_.get());
    archive_read_set_options(reader_.get(), "hdrcharset=BINARY");
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_filter_zstd(reader_.get());
    archive_read_support_filter_xz(reader_.get());
    archive_read_support_filter_bzip2(reader_.get());
    archive_write_disk_set_options(writer_.get(), ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM |
                                                      ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                                      ARCHIVE_EXTRACT_SECURE_NODOTDOT);
  }

  Result<Unpacked> run(const std::string& file) {
    if (archive_read_open_filename(reader_.get(), file.c_str(), block_bytes) != ARCHIVE_OK)
      return corrupt(file);
    archive_entry* entry = nullptr;
    int code;
    while ((code = archive_read_next_header(reader_.get(), &entry)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
      if (++done_.entries > limits_.entries_max) return full(file);
      TCPS_TRY(extract(entry, file));
    }
    if (code != ARCHIVE_EOF) return corrupt(file);
    if (archive_write_close(writer_.get()) != ARCHIVE_OK) return fail(disk_error());
    return done_;
  }

 private:
  Status extract(archive_entry* entry, const std::string& file) {
    auto path = TCPS_TRY(safe_path(archive_entry_pathname(entry)));
    if (path.empty()) return {};  // "./": the folder itself
    TCPS_TRY(check_kind(entry, path));
    archive_entry_set_pathname(entry, (folder_ + "/" + path).c_str());
    const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
    archive_entry_set_perm(entry, (archive_entry_perm(entry) & 0777) | (is_folder ? 0700 : 0400));
    if (archive_write_header(writer_.get(), entry) != ARCHIVE_OK) return fail(disk_error());
    if (archive_entry_size(entry) > 0) {
      TCPS_TRY(copy_content(file));
    }
    if (archive_write_finish_entry(writer_.get()) != ARCHIVE_OK) return fail(disk_error());
    return {};
  }

  Status check_kind(archive_entry* entry, const std::string& path) {
    if (const char* hard = archive_entry_hardlink(entry); hard != nullptr) {
      auto target = TCPS_TRY(safe_path(hard));
      archive_entry_set_hardlink(entry, (folder_ + "/" + target).c_str());
      return through_no_link(target);
    }
    const auto kind = archive_entry_filetype(entry);
    if (kind == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      if (target == nullptr || !link_stays_inside(path, target))
        return fail(refusal(path, "is a link that leaves the folder"));
      return {};
    }
    if (kind != AE_IFREG && kind != AE_IFDIR) return fail(refusal(path, "is neither file, folder nor link"));
    return {};
  }

  // A hard link is made by the kernel, which would follow links on the way to its target.
  Status through_no_link(const std::string& target) const {
    fs::path path = folder_;
    std::error_code error;
    for (const auto& segment : fs::path(target)) {
      path /= segment;
      if (fs::is_symlink(fs::symlink_status(path, error)))
        return fail(refusal(target, "is linked to through a link"));
    }
    return {};
  }

  Status copy_content(const std::string& file) {
    const void* block = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    int code;
    la_int64_t end = 0;
    while ((code = archive_read_data_block(reader_.get(), &block, &size, &offset)) == ARCHIVE_OK) {
      const la_int64_t grown = offset + static_cast<la_int64_t>(size) - end;
      if (grown > 0) done_.content_bytes += static_cast<uint64_t>(grown);
      end = std::max(end, offset + static_cast<la_int64_t>(size));
      if (done_.content_bytes > limits_.bytes_max) return full(file);
      if (archive_write_data_block(writer_.get(), block, size, offset) < ARCHIVE_OK)
        return fail(disk_error());
    }
    if (code != ARCHIVE_EOF) return corrupt(file);
    return {};
  }

  tl::unexpected<Error> full(const std::string& file) const {
    return fail(ErrorCode::full, "archive '" + file + "' holds more than " +
                                     std::to_string(limits_.entries_max) + " entries or " +
                                     std::to_string(limits_.bytes_max) +
                                     " bytes: raise the limits if it is meant to");
  }

  tl::unexpected<Error> corrupt(const std::string& file) const {
    const char* reason = archive_error_string(reader_.get());
    return fail(ErrorCode::corrupt, "'" + file + "' is no readable tar archive (" +
                                        (reason != nullptr ? reason : "no reason given") +
                                        "): make it again");
  }

  Error disk_error() const {
    const char* reason = archive_error_string(writer_.get());
    const std::string text = reason != nullptr ? reason : "no reason given";
    // libarchive's own guard against writing through a link says so in words only.
    const bool through_link =
        text.find("symlink") != std::string::npos || text.find("Cannot extract through") != std::string::npos;
    return {through_link ? ErrorCode::refused : ErrorCode::io,
            "cannot unpack into '" + folder_ + "': " + text};
  }

  std::string folder_;
  Limits limits_;
  std::unique_ptr<struct archive, int (*)(struct archive*)> reader_;
  std::unique_ptr<struct archive, int (*)(struct archive*)> writer_;
  Unpacked done_;
};

}  // namespace

Result<Unpacked> unpack(const std::string& file, const std::string& folder, const Limits& limits) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return fail(ErrorCode::not_found, "archive '" + file + "' does not exist");
  fs::create_directories(folder, error);
  // Canonical, so that a link above the folder is not taken for one inside the archive.
  const auto root = fs::canonical(folder, error);
  if (error) return fail(ErrorCode::io, "cannot create the folder '" + folder + "': " + error.message());
  if (!fs::is_empty(root, error)) {
    return fail(ErrorCode::conflict, "folder '" + folder + "' is not empty: unpack into a new one");
  }
  return Unpacker(root.string(), limits).run(file);
}

}  // namespace tcps::archive
