// The SHA-256 manifest of a folder: what a build left, what determinism compares, what is checked before
// publishing. Its text form is that of sha256sum, so that anybody can check it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::reports {

inline constexpr size_t manifest_entries_max = 200'000;

struct FileSum {
  Digest digest;
  uint64_t size = 0;
  friend bool operator==(const FileSum&, const FileSum&) = default;
};

struct Checksums {
  std::map<std::string, FileSum> files;  // by path relative to the folder

  uint64_t total_bytes() const;
  std::string to_text() const;  // "<hex>  <path>\n", sorted by path
  Digest digest() const;        // of the text
  friend bool operator==(const Checksums&, const Checksums&) = default;
};

// The regular files below `folder` that match one of the globs (none: all). Links are not followed and not
// listed. Errors: invalid (pattern, or a file name with a newline or backslash), not_found, full (too many
// files), io.
Result<Checksums> checksum_folder(const std::string& folder, const std::vector<std::string>& globs = {});

// Paths that are only in one of the two or differ, sorted.
std::vector<std::string> differences(const Checksums& one, const Checksums& other);

// Reads the text form; sizes are unknown then (0). Errors: invalid, naming the line.
Result<std::map<std::string, Digest>> parse_checksums(std::string_view text);

// Errors: corrupt, naming the first file that is absent or differs; io.
Status verify_checksums(const std::string& folder, const std::map<std::string, Digest>& expected);

// 32 hex digits, for receipts that list an MD5 beside the SHA-256; it proves nothing. Errors: io.
Result<std::string> md5_of_file(const std::string& path);

}  // namespace tcps::reports
