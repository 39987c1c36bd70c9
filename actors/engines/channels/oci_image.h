// Container images in the OCI image layout (image-spec 1.0): a folder of blobs named by their digests. Made
// from a root file system's tarball without a daemon, and reproducible: the same tarball and settings give
// the same digests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/engines/sandbox/process_runner.h"
#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::channels {

struct ImageSettings {
  std::string tag;  // name of the image within the layout
  int64_t created_unix_s = 0;
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> labels;
  std::string working_directory = "/";
  std::string user = "65534:65534";
  std::string architecture;  // of Go's names; empty: this machine's
};

struct ImageDigests {
  Digest manifest;  // what a registry calls the image's digest
  Digest config;    // what docker calls the image id
  Digest layer;     // of the compressed tarball
};

// Writes a layout with one image of one layer, a .tar.gz, into `layout_folder`, which must be absent or
// empty. Errors: invalid (tag), not_found (tarball), conflict (folder in use), corrupt (no gzip), io.
Result<ImageDigests> write_image(const std::string& rootfs_tar_gz, const std::string& layout_folder,
                                 const ImageSettings& settings);

// Unpacks an image of a layout with umoci; returns the path of its root file system below `bundle_folder`,
// which must be absent. Errors: not_found (umoci, image), corrupt (umoci refused), timeout, io.
Result<std::string> unpack_image(ProcessRunner& runner, const std::string& layout_folder,
                                 const std::string& tag, const std::string& bundle_folder);

// [A-Za-z0-9_][A-Za-z0-9._-]{0,127}
bool is_image_tag(std::string_view tag);

}  // namespace tcps::channels
