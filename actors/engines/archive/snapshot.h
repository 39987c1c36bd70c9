// What a work order is made from, frozen: a source folder or a git revision as one reproducible archive with
// a digest.
#pragma once

#include <chrono>

#include "actors/engines/archive/archive.h"
#include "actors/engines/sandbox/process_runner.h"

namespace tcps::archive {

struct SnapshotOptions {
  std::vector<std::string> exclude;  // build folders and the like; .git is always left out, at any depth
  Limits limits;
};

struct SourceSnapshot {
  Packed packed;
  std::string commit;  // 40 hex digits; empty for a plain folder
};

// Packs a folder as it is now. Errors: those of pack_tree().
Result<SourceSnapshot> snapshot_folder(const std::string& folder, const std::string& out_file,
                                       const SnapshotOptions& options = {});

struct GitSource {
  std::string url;
  std::string revision = "HEAD";                // branch, tag or commit
  std::vector<std::string> protocols{"https"};  // that git may use: "https", "ssh", "file"
  std::chrono::milliseconds deadline{300'000};
};

// Fetches one revision without its history and packs it; no hooks, no submodules, no user's or system's git
// configuration, no prompt. The working copy lies beside `out_file` and is removed. Errors: invalid (url or
// revision malformed, protocol not allowed), not_found (git, or no such revision or repository), unavailable
// (cannot be reached), timeout, and those of pack_tree().
Result<SourceSnapshot> snapshot_git(ProcessRunner& runner, const GitSource& source,
                                    const std::string& out_file, const SnapshotOptions& options = {});

}  // namespace tcps::archive
