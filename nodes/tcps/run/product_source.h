// The product repository that a command names, by path or git URL: its folder to read and its frozen archive
// to publish.
#pragma once

#include <string>
#include <vector>

#include "actors/stages/standard_work/standard_work.h"
#include "messages/digest.h"
#include "messages/result.h"
#include "nodes/client/line_access.h"

namespace tcps::cli {

// A folder that goes with its owner.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make();  // Errors: io
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

bool is_git_url(const std::string& text);

struct ProductSource {
  ScratchFolder scratch;
  std::string folder;   // where line.toml lies
  std::string archive;  // packed by freeze(); of a git URL at once
  Digest snapshot;      // of the archive
  StandardWork standard_work;

  // Resolves the path or fetches the URL, and reads line.toml. Errors: not_found (with the remedy `tcps line
  // init`), invalid (every problem of line.toml), and those of fetching.
  static Result<ProductSource> open(const std::string& path_or_url);
  // Packs the folder, when that is still to be done.
  Status freeze();
};

struct PublishedProduct {
  bool changed = false;  // false: the line makes this product already
  uint64_t position = 0;
};

// Puts archive and line.toml into the line's object store and tells the line to make this product from now
// on.
Result<PublishedProduct> publish_product(client::LineAccess& access, ProductSource& source);

// What line.toml names and the repository does not have, one sentence each.
std::vector<std::string> missing_files(const StandardWork& work, const std::string& folder);

// Repository paths of its regular files, sorted, without .git; at most `files_max`.
std::vector<std::string> list_files(const std::string& folder, size_t files_max = 100'000);

}  // namespace tcps::cli
