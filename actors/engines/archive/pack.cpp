#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "actors/engines/archive/archive.h"
#include "actors/engines/archive/glob.h"
#include "messages/files.h"

namespace tcps::archive {
namespace {

namespace fs = std::filesystem;

struct Item {
  std::string path;  // relative
  struct stat status;
  std::string target;  // of a link
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The entries of a folder that the globs choose, sorted.
class Selection {
 public:
  Selection(fs::path root, const PackOptions& options) : root_(std::move(root)), options_(options) {}

  Result<std::vector<Item>> collect() {
    auto include = TCPS_TRY(parse_globs(options_.include));
    auto exclude = TCPS_TRY(parse_globs(options_.exclude));
    include_ = std::move(include);
    exclude_ = std::move(exclude);
    std::error_code error;
    if (!fs::is_directory(root_, error))
      return fail(ErrorCode::not_found, "folder '" + root_.string() + "' does not exist");
    fs::recursive_directory_iterator next(root_, error), end;
    for (; !error && next != end; next.increment(error)) {
      bool pruned = false;
      TCPS_TRY(consider(next->path(), pruned));
      if (pruned) next.disable_recursion_pending();
    }
    if (error)
      return fail(ErrorCode::io, "cannot read the folder '" + root_.string() + "': " + error.message());
    std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) { return a.path < b.path; });
    return std::move(items_);
  }

 private:
  Status consider(const fs::path& path, bool& pruned) {
    Item item{path.lexically_relative(root_).generic_string(), {}, {}};
    if (any_matches(exclude_, item.path)) {
      pruned = true;
      return {};
    }
    if (!include_.empty() && !any_matches(include_, item.path)) return {};
    if (lstat(path.c_str(), &item.status) != 0) {
      return fail(ErrorCode::io, "cannot look at '" + path.string() + "': " + std::strerror(errno));
    }
    const auto mode = item.status.st_mode;
    if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode)) {
      return fail(ErrorCode::refused, "'" + item.path + "' is neither file, folder nor link: exclude it");
    }
    if (S_ISLNK(mode)) {
      std::error_code code;
      item.target = fs::read_symlink(path, code).string();
      if (code) return fail(ErrorCode::io, "cannot read the link '" + item.path + "': " + code.message());
    }
    if (items_.size() == options_.limits.entries_max) {
      return fail(ErrorCode::full, "folder '" + root_.string() + "' has more than " +
                                       std::to_string(options_.limits.entries_max) +
                                       " entries: exclude some or raise the limit");
    }
    items_.push_back(std::move(item));
    return {};
  }

  fs::path root_;
  const PackOptions& options_;
  std::vector<Glob> include_;
  std::vector<Glob> exclude_;
  std::vector<Item> items_;
};

class TarWriter {
 public:
  TarWriter(fs::path root, const PackOptions& options)
      : root_(std::move(root)), options_(options), archive_(archive_write_new(), archive_write_free) {}

  Status open(const std::string& file, std::string_view name, const std::vector<Item>& items) {
    auto* handle = archive_.get();
    archive_write_set_format_pax_restricted(handle);
    // Names are bytes: the locale must not matter. Where it cannot, the archive does without a header that
    // GNU tar warns of.
    const bool plain = std::all_of(items.begin(), items.end(), [](const Item& item) {
      return is_ascii(item.path) && is_ascii(item.target);
    });
    if (!plain || !is_ascii(options_.prefix)) archive_write_set_options(handle, "hdrcharset=BINARY");
    if (name.ends_with(".tar.gz")) {
      archive_write_add_filter_gzip(handle);
      archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr);  // none, for reproducible bytes
      archive_write_set_filter_option(handle, "gzip", "compression-level", "6");
    } else if (name.ends_with(".tar.zst")) {
      archive_write_add_filter_zstd(handle);
      archive_write_set_filter_option(handle, "zstd", "compression-level", "6");
    } else if (!name.ends_with(".tar")) {
      return fail(ErrorCode::invalid,
                  "archive '" + std::string(name) + "' must end in .tar, .tar.gz or .tar.zst");
    }
    return archive_write_open_filename(handle, file.c_str()) == ARCHIVE_OK ? Status{}
                                                                           : error("cannot create");
  }

  Status add(const Item& item) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    const auto path = options_.prefix.empty() ? item.path : options_.prefix + "/" + item.path;
    const auto mode = item.status.st_mode;
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_mtime(entry.get(), options_.modified_unix_s, 0);
    archive_entry_set_uid(entry.get(), 0);
    archive_entry_set_gid(entry.get(), 0);
    if (S_ISLNK(mode)) return add_link(entry.get(), item);
    archive_entry_set_filetype(entry.get(), S_ISDIR(mode) ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), S_ISDIR(mode) || (mode & S_IXUSR) != 0 ? 0755 : 0644);
    if (S_ISDIR(mode)) return header(entry.get());
    archive_entry_set_size(entry.get(), item.status.st_size);
    TCPS_TRY(header(entry.get()));
    return content(item);
  }

  Status close() {
    return archive_write_close(archive_.get()) == ARCHIVE_OK ? Status{} : error("cannot finish");
  }
  uint64_t content_bytes() const { return content_bytes_; }

 private:
  Status add_link(archive_entry* entry, const Item& item) {
    if (!link_stays_inside(item.path, item.target)) {
      return fail(ErrorCode::refused, "link '" + item.path + "' to '" + item.target +
                                          "' leaves the folder: exclude it or make it relative");
    }
    archive_entry_set_filetype(entry, AE_IFLNK);
    archive_entry_set_perm(entry, 0777);
    archive_entry_set_symlink(entry, item.target.c_str());
    return header(entry);
  }

  Status header(archive_entry* entry) {
    return archive_write_header(archive_.get(), entry) == ARCHIVE_OK ? Status{}
                                                                     : error("cannot write an entry of");
  }

  Status content(const Item& item) {
    content_bytes_ += static_cast<uint64_t>(item.status.st_size);
    if (content_bytes_ > options_.limits.bytes_max) {
      return fail(ErrorCode::full, "folder '" + root_.string() + "' holds more than " +
                                       std::to_string(options_.limits.bytes_max) +
                                       " bytes: exclude some or raise the limit");
    }
    std::ifstream file(root_ / item.path, std::ios::binary);
    std::array<char, 65536> buffer;
    auto left = static_cast<uint64_t>(item.status.st_size);
    while (left > 0) {
      file.read(buffer.data(), static_cast<std::streamsize>(std::min<uint64_t>(left, buffer.size())));
      const auto count = file.gcount();
      if (count <= 0)
        return fail(ErrorCode::io, "'" + item.path + "' cannot be read, or shrank while it was packed");
      if (archive_write_data(archive_.get(), buffer.data(), static_cast<size_t>(count)) != count)
        return error("cannot write");
      left -= static_cast<uint64_t>(count);
    }
    return {};
  }

  Status error(const std::string& what) {
    const char* reason = archive_error_string(archive_.get());
    return fail(ErrorCode::io, what + " the archive of '" + root_.string() +
                                   "': " + (reason != nullptr ? reason : "unknown reason"));
  }

  fs::path root_;
  const PackOptions& options_;
  std::unique_ptr<struct archive, int (*)(struct archive*)> archive_;
  uint64_t content_bytes_ = 0;
};

Result<Packed> pack_items(const std::vector<Item>& items, TarWriter& writer, const std::string& part,
                          const std::string& out_file) {
  TCPS_TRY(writer.open(part, out_file, items));
  for (const auto& item : items) {
    TCPS_TRY(writer.add(item));
  }
  TCPS_TRY(writer.close());
  auto digest = TCPS_TRY(digest_of_file(part));
  std::error_code error;
  const auto size = fs::file_size(part, error);
  TCPS_TRY(put_in_place(part, out_file));
  return Packed{digest, size, items.size(), writer.content_bytes()};
}

}  // namespace

bool link_stays_inside(const std::string& link_path, const std::string& target) {
  if (target.empty() || target.front() == '/') return false;
  auto depth = std::count(link_path.begin(), link_path.end(), '/');
  bool in_front = true;
  for (const auto& segment : fs::path(target)) {
    if (segment != "..") {
      in_front = in_front && segment == ".";
    } else if (!in_front || --depth < 0) {
      return false;
    }
  }
  return true;
}

Result<Packed> pack_tree(const std::string& folder, const std::string& out_file, const PackOptions& options) {
  const fs::path root = fs::path(folder).lexically_normal();
  auto items = TCPS_TRY(Selection(root, options).collect());
  const auto part = out_file + ".part";
  TarWriter writer(root, options);
  auto packed = pack_items(items, writer, part, out_file);
  if (!packed) unlink(part.c_str());
  return packed;
}

}  // namespace tcps::archive
