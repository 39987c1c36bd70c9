#include "actors/engines/reports/checksums.h"

#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include "actors/engines/archive/glob.h"

namespace tcps::reports {
namespace {

namespace fs = std::filesystem;

bool is_listable(const std::string& path) { return path.find_first_of("\n\r\\") == std::string::npos; }

}  // namespace

uint64_t Checksums::total_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [path, sum] : files) bytes += sum.size;
  return bytes;
}

std::string Checksums::to_text() const {
  std::string text;
  for (const auto& [path, sum] : files) text += sum.digest.hex() + "  " + path + "\n";
  return text;
}

Digest Checksums::digest() const { return Digest::of(to_text()); }

Result<Checksums> checksum_folder(const std::string& folder, const std::vector<std::string>& globs) {
  const auto wanted = TCPS_TRY(archive::parse_globs(globs));
  const auto root = fs::path(folder).lexically_normal();
  std::error_code error;
  if (!fs::is_directory(root, error))
    return fail(ErrorCode::not_found, "folder '" + folder + "' does not exist");
  Checksums manifest;
  fs::recursive_directory_iterator next(root, error), end;
  for (; !error && next != end; next.increment(error)) {
    if (!fs::is_regular_file(next->symlink_status())) continue;
    const auto path = next->path().lexically_relative(root).generic_string();
    if (!wanted.empty() && !archive::any_matches(wanted, path)) continue;
    if (!is_listable(path))
      return fail(ErrorCode::invalid, "file name '" + path + "' cannot be listed: rename it");
    if (manifest.files.size() == manifest_entries_max) {
      return fail(ErrorCode::full,
                  "folder '" + folder + "' has more than 200000 files: choose fewer with patterns");
    }
    auto digest = TCPS_TRY(digest_of_file(next->path().string()));
    manifest.files[path] = {digest, next->file_size(error)};
  }
  if (error) return fail(ErrorCode::io, "cannot read the folder '" + folder + "': " + error.message());
  return manifest;
}

std::vector<std::string> differences(const Checksums& one, const Checksums& other) {
  std::vector<std::string> paths;
  auto a = one.files.begin();
  auto b = other.files.begin();
  while (a != one.files.end() || b != other.files.end()) {
    if (b == other.files.end() || (a != one.files.end() && a->first < b->first)) {
      paths.push_back((a++)->first);
    } else if (a == one.files.end() || b->first < a->first) {
      paths.push_back((b++)->first);
    } else {
      if (a->second != b->second) paths.push_back(a->first);
      ++a;
      ++b;
    }
  }
  return paths;
}

Result<std::map<std::string, Digest>> parse_checksums(std::string_view text) {
  std::map<std::string, Digest> sums;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto digest = Digest::parse(line.substr(0, std::min<size_t>(64, line.size())));
    const bool well_formed =
        digest && line.size() > 66 && line[64] == ' ' && (line[65] == ' ' || line[65] == '*');
    if (!well_formed || sums.size() == manifest_entries_max) {
      return fail(ErrorCode::invalid,
                  "line " + std::to_string(number) +
                      " of the checksums is malformed: it must be as sha256sum writes it");
    }
    sums[std::string(line.substr(66))] = *digest;
  }
  return sums;
}

Status verify_checksums(const std::string& folder, const std::map<std::string, Digest>& expected) {
  for (const auto& [path, digest] : expected) {
    const auto file = fs::path(folder) / path;
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
      return fail(ErrorCode::corrupt,
                  "file '" + path + "' of the checksums is absent from '" + folder + "': make it again");
    }
    const auto actual = TCPS_TRY(digest_of_file(file.string()));
    if (actual != digest) {
      return fail(ErrorCode::corrupt, "file '" + path + "' in '" + folder + "' is " + actual.to_string() +
                                          ", not " + digest.to_string() + ": make it again");
    }
  }
  return {};
}

Result<std::string> md5_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!file || EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1) {
    return fail(ErrorCode::io, "cannot read '" + path + "' for its MD5");
  }
  std::array<char, 65536> buffer;
  while (file.read(buffer.data(), buffer.size()), file.gcount() > 0) {
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<size_t>(file.gcount()));
  }
  std::array<char, EVP_MAX_MD_SIZE> sum;
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(sum.data()), &size);
  return to_hex({sum.data(), size});
}

}  // namespace tcps::reports
