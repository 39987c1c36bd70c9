// The marketplace channel: a folder that any web server can show.
//
//   <folder>/index.json                        every SKU with its versions
//   <folder>/<sku>/<version>/release.json      what one release holds
//   <folder>/<sku>/<version>/<file>...
//
// A release appears whole or not at all (staged beside, synced, renamed), and never changes. The index is a
// function of the releases that are there, so that publishing again after a crash mends it.
#pragma once

#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::channels {

struct ListedFile {
  std::string name;
  Digest digest;
  uint64_t size = 0;
  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

struct Listing {
  std::string sku;
  std::string version;
  int64_t released_unix_s = 0;
  std::vector<ListedFile> files;  // by name
};

struct MarketplaceRelease {
  std::string sku;  // as is_release_name(); so are version and the files' names
  std::string version;
  int64_t released_unix_s = 0;
  std::vector<std::string> files;  // paths; published under their last part
};

struct MarketplacePublished {
  Listing listing;
  std::string url;             // relative to the folder: "<sku>/<version>/release.json"
  bool already_there = false;  // the same files were published before; their date stays
};

// 1-128 characters of A-Z a-z 0-9 . _ + -, not starting with '.' or '-'.
bool is_release_name(std::string_view text);

// Processes and threads may share one folder: publishing takes a lock file.
class Marketplace {
 public:
  explicit Marketplace(std::string folder) : folder_(std::move(folder)) {}

  // Errors: invalid (a name, two files of one name, no file), not_found (a file), conflict (the version
  // exists with other content: increment it), io.
  Result<MarketplacePublished> publish(const MarketplaceRelease& release);

  // Errors: invalid, not_found, corrupt (release.json is unreadable).
  Result<Listing> find(const std::string& sku, const std::string& version) const;

  // Copies a release's files into a folder, checking each against its digest. Errors: those of find();
  // corrupt, io.
  Result<Listing> fetch(const std::string& sku, const std::string& version,
                        const std::string& to_folder) const;

 private:
  Result<Listing> stage(const MarketplaceRelease& release, const std::string& staging) const;
  Status rebuild_index() const;

  std::string folder_;
};

}  // namespace tcps::channels
