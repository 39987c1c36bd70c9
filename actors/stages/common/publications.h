// How release, publish and verify name what passes between them, and the record of what was published where:
// publish writes it, verify fetches by it.
#pragma once

#include <string>
#include <vector>

#include "actors/engines/channels/oci_registry.h"
#include "actors/stages/common/workbench.h"

namespace tcps::stages {

inline constexpr const char* tarball_suffix = ".tar.gz";
inline constexpr const char* image_suffix = ".oci.tar";
inline constexpr const char* checksums_name = "checksums.txt";         // of the release's files
inline constexpr const char* publications_name = "publications.json";  // a list of Publication

struct Publication {
  Channel channel = Channel::oci;
  // registry or marketplace folder as line.toml names it: "embedded" is found anew by each node
  std::string place;
  std::string name;     // repository, or SKU
  std::string version;  // tag, or version
  std::string file;     // of the marketplace: the tarball's name; empty for an image
  Digest digest;        // of the image's manifest, or of the tarball
  friend bool operator==(const Publication&, const Publication&) = default;
};

Bytes to_json(const std::vector<Publication>& publications);
// Errors: invalid.
Result<std::vector<Publication>> parse_publications(BytesView json);

// What `place` means on this node. Errors: unavailable (no embedded one here).
Result<std::string> registry_at(const Workshop& workshop, const std::string& place);
Result<std::string> marketplace_at(const Workshop& workshop, const std::string& place);

// A client that tries as often as line.toml says and gives up when the run is cancelled. `bench` must outlive
// it.
channels::OciRegistry open_registry(const Workbench& bench);

}  // namespace tcps::stages
