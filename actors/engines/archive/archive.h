// Folders as archives and back. Packing is reproducible: the same files give the same bytes, whoever packs
// them, whenever and wherever. Unpacking trusts nothing: an archive may come from anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::archive {

struct Limits {
  uint64_t entries_max = 200'000;
  uint64_t bytes_max = 8ull << 30;  // of the files' contents
};

struct PackOptions {
  std::vector<std::string> include;  // globs of paths relative to the folder; empty: everything
  std::vector<std::string> exclude;  // globs; a folder that matches is left out with all below it
  int64_t modified_unix_s = 0;       // of every entry
  std::string prefix;                // put before every path, e.g. "name-1.0"; empty: none
  Limits limits;
};

struct Packed {
  Digest digest;  // of the archive file
  uint64_t size = 0;
  uint64_t entries = 0;
  uint64_t content_bytes = 0;
};

// Packs into `out_file`, whose name ends in .tar, .tar.gz or .tar.zst and which appears complete or not at
// all (synced, renamed). Entries are sorted by path bytes; owner 0:0 without names; mode 0755 for folders and
// executables, 0644 for other files. Errors: invalid (pattern, file name), not_found (folder), refused
// (device, socket, pipe, or a link that leaves the folder), full (limits), io.
Result<Packed> pack_tree(const std::string& folder, const std::string& out_file,
                         const PackOptions& options = {});

struct Unpacked {
  uint64_t entries = 0;
  uint64_t content_bytes = 0;
};

// Unpacks a tar file (plain, gzip, zstd, xz, bzip2) into `folder`, which must be absent or empty. Permissions
// lose set-user-id, set-group-id and sticky bits. Errors: not_found, conflict (folder not empty), refused
// (absolute path, "..", link that leaves the folder, anything but files, folders and links), full (limits),
// corrupt (no readable archive), io. After an error the folder holds a part: remove it.
Result<Unpacked> unpack(const std::string& file, const std::string& folder, const Limits& limits = {});

// True when a symbolic link at `link_path` (relative to some root, itself reached without links) with this
// target stays below the root, given that all other links do: the target is relative, and has ".." only in
// front, at most as often as the link is deep.
bool link_stays_inside(const std::string& link_path, const std::string& target);

}  // namespace tcps::archive
