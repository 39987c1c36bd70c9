// What a work order has become so far: the names, digests and sizes of the files that the stages made. Each
// stage reads the manifest of the stage before, adds its own files and hands the whole on by digest; the
// bytes lie in the object store.
//
// A name is "<stage>/<path>"; <path> is where the file belongs in the product tree. Paths below ".tcps/" are
// the stage's reports (logs, checksums, test results): they are kept for people and are never laid into a
// workspace. docs/formats/manifest.md has the format.
//
// A plain value: no threads, no disk. load() and store() block on the object store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "messages/digest.h"
#include "messages/result.h"
#include "messages/stage.h"

namespace tcps::bus {
class ObjectStore;
}

namespace tcps::stages {

inline constexpr std::string_view report_folder = ".tcps/";

// Relative, UTF-8, 1-1024 bytes, '/' between segments, none of them empty, "." or "..", no control character
// and no backslash.
bool is_product_path(std::string_view path);

struct ManifestEntry {
  Digest digest;
  uint64_t size = 0;
  bool executable = false;  // mode 755, else 644
  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

class Manifest {
 public:
  static constexpr size_t entries_max = 100'000;
  static constexpr size_t bytes_max = 32u << 20;

  // Reads outside bytes. Errors: invalid, naming the entry and what is wrong with it.
  static Result<Manifest> parse(BytesView json);
  // An empty digest is an empty manifest. Errors: those of ObjectStore::get() and of parse().
  static Result<Manifest> load(bus::ObjectStore& store, const Digest& digest);

  Bytes to_json() const;  // canonical
  Result<Digest> store(bus::ObjectStore& store) const;

  // Errors: invalid (path), conflict (the stage has another file of that name), full (too many entries).
  Status add(Stage stage, const std::string& path, const ManifestEntry& entry);

  const std::map<std::string, ManifestEntry>& files() const { return files_; }  // by "<stage>/<path>"
  std::map<std::string, ManifestEntry> product_files(Stage stage) const;        // by path, without reports
  const ManifestEntry* find(Stage stage, std::string_view path) const;          // null: no such file

  friend bool operator==(const Manifest&, const Manifest&) = default;

 private:
  std::map<std::string, ManifestEntry> files_;
};

}  // namespace tcps::stages
