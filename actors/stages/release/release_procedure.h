// Stage 8, Release: packs the product into a reproducible tarball and, where line.toml asks for one, a
// container image of the same files.
//
// Failures: F8.1 a release command fails or the files cannot be put together, F8.2 a file that the release
// must hold is missing, F8.3 the packed tarball does not give back the files that went in, F8.4 the image
// cannot be made. Hands on: <name>.tar.gz, <name>.oci.tar (an OCI image layout) and checksums.txt.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_release_procedure();

}  // namespace tcps
