// The folder in which a procedure works: the product repository as the work order froze it, with what the
// stages before made laid over it, and the way back from files to artifacts.
//
// Everything that is laid or found may come from hostile hands: no path leaves the folder, and no symbolic
// link is followed. The functions trust that nothing else changes the folder meanwhile: the sandbox is over
// when they run.
#pragma once

#include <string>
#include <vector>

#include "actors/engines/reports/checksums.h"
#include "actors/stages/common/manifest.h"

namespace tcps::stages {

// Fetches the snapshot's archive and unpacks it into `folder`, which must be absent or empty. All files get
// one date, long past, so that no build sees when it was laid. Errors: those of ObjectStore::get_file() and
// archive::unpack().
Status lay_snapshot(bus::ObjectStore& store, const Digest& snapshot, const std::string& folder);

// Lays one stage's files at their paths, replacing what lies there. The files of a later stage are newer, as
// a build system expects of what was made from sources. Errors: those of get_file(); refused (a path goes
// through a link or a file), io.
Status lay_files(bus::ObjectStore& store, const Manifest& manifest, Stage stage, const std::string& folder);

// The regular files below `folder` that match a glob, with digests; none of ".tcps/". Errors: those of
// reports::checksum_folder().
Result<reports::Checksums> find_files(const std::string& folder, const std::vector<std::string>& globs);

// The place of a product path below `folder`. Errors: invalid (path), refused (a folder on the way is a link
// or a file).
Result<std::string> place_of(const std::string& folder, const std::string& path);

// A regular file's content. Errors: those of place_of(); not_found, full (longer than bytes_max), io.
Result<Bytes> read_product_file(const std::string& folder, const std::string& path, size_t bytes_max);

// Puts a file into the store and says what the manifest is to hold. Errors: io and those of put_file().
Result<ManifestEntry> store_file(bus::ObjectStore& store, const std::string& file);

}  // namespace tcps::stages
